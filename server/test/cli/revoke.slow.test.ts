import { beforeEach, describe, expect, it } from 'vitest';
import { GRANTKEEPER, OwnProcess } from '../../../scripts/processes/server-process.ts';
import { ACCOUNT_ADMIN } from '../processes.ts';
import { consentRow, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService();
const BAD = 'app-bad';
const ACCOUNT = ACCOUNT_ADMIN.account_id;

// The command goes by the real time.
beforeEach(async () => {
  service.now = new Date();
  const forever = { expires_at: null };
  await service.store.consents.create(consentRow({ _id: 'consent', client_id: BAD }));
  await service.store.refreshTokens.insertMany([
    tokenRow({ ...forever, client_id: BAD, consent_id: 'consent' }),
    tokenRow({ ...forever, client_id: BAD, user_id: 'ann' }),
    tokenRow({ ...forever, client_id: BAD, account_id: 'account-2' }),
    tokenRow({ ...forever, client_id: BAD, account_id: 'account-3', expires_at: new Date(0) }),
    tokenRow({ ...forever, user_id: 'ann' }),
    tokenRow({ ...forever, account_id: 'account-2' }),
  ]);
});

const run = (...args: string[]) =>
  new OwnProcess([...GRANTKEEPER, 'revoke', ...args], { MONGODB_URI: service.uri }).ended;

const live = async () =>
  (await service.store.refreshTokens.find({ revoked_at: null }).lean()).map(
    ({ client_id, user_id, account_id }) => ({ client_id, user_id, account_id }),
  );

describe('npm run revoke', () => {
  it('counts, then revokes, what a client has in every account, and nothing else', async () => {
    const before = await live();
    expect(await run('--client', BAD, '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `^${ACCOUNT}: 2 active grants\naccount-2: 1 active grant\n.*: 3 active grants in 2 accounts would be revoked\n$`,
        ),
      ),
    });
    expect(await live()).toEqual(before);

    expect(await run('--client', BAD, '--include-consent')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(
        /\naccount-2: 1 token and 0 consents .*\n.*: 3 tokens and 1 consent were revoked\n$/,
      ),
    });
    expect(await live()).toEqual(
      before.filter(({ client_id, account_id }) => client_id !== BAD || account_id === 'account-3'),
    );
    expect(await run('--client', BAD)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[^\n]*: 0 tokens and 0 consents were revoked\n$/),
    });
  });

  it('ends consents that no active grant names, if asked to, each with its audit event', async () => {
    await service.store.consents.insertMany([
      consentRow({ _id: 'unused', client_id: BAD }),
      consentRow({ _id: 'expired', client_id: BAD, account_id: 'account-3' }),
      consentRow({ _id: 'nowhere', client_id: BAD, account_id: 'account-4' }),
      consentRow({ _id: 'other', client_id: 'app-good' }),
    ]);
    expect(await run('--client', BAD, '--include-consent', '--dry-run')).toMatchObject({
      stdout: expect.stringMatching(
        new RegExp(
          `^${ACCOUNT}: 2 active grants and 2 consents\naccount-2: 1 active grant and 0 consents\n` +
            'account-3: 0 active grants and 1 consent\naccount-4: 0 active grants and 1 consent\n' +
            '.*: 3 active grants and 4 consents in 4 accounts would be revoked\n$',
        ),
      ),
    });
    const standing = () => service.store.consents.distinct('_id', { revoked_at: null });
    expect(await standing()).toHaveLength(5);
    expect(await run('--client', BAD, '--include-consent')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /\naccount-4: 0 tokens and 1 consent revoked\n.*: 3 tokens and 4 consents were/,
      ),
    });
    expect(await standing()).toEqual(['other']);
    const entries = await service.store.auditEntries.find({ revoked_consents: 1 }).lean();
    expect(entries.map(({ _id }) => _id.consent).toSorted()).toEqual([
      'consent',
      'expired',
      'nowhere',
      'unused',
    ]);
    const events = await service.store.auditEvents.find({ revoked_consents: { $gt: 0 } }).lean();
    expect(events.map(({ operation, finished_at }) => [operation, finished_at instanceof Date])).toEqual(
      events.map(() => ['revoke', true]),
    );
    expect(await run('--client', BAD, '--include-consent', '--dry-run')).toMatchObject({
      stdout: expect.stringMatching(
        /^[^\n]*: 0 active grants and 0 consents in 0 accounts would be revoked\n$/,
      ),
    });
  });

  it('revokes what a user has, and leaves an audit event in each account', async () => {
    expect(await run('--user', 'ann')).toMatchObject({ code: 0 });
    expect((await live()).map(({ user_id }) => user_id)).not.toContain('ann');
    const { body } = await service.ask('GET', '/api/v1/oauth-grants/audit-events', { as: ACCOUNT_ADMIN });
    expect(body.events).toMatchObject([
      { action: 'revoke', operation: 'revoke', filter: { user_id: 'ann' }, grants: 2, revoked_tokens: 2 },
    ]);
  });

  it('refuses a selection of nothing, of everything, or of both', async () => {
    const before = await live();
    const endings = await Promise.all([run(), run('--client', ''), run('--client', BAD, '--user', 'ann')]);
    expect(endings.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 1, stderr: 'grantkeeper: give either --client or --user\n' },
      { code: 1, stderr: "grantkeeper: option '--client <id>' argument '' is invalid. It is empty.\n" },
      { code: 1, stderr: 'grantkeeper: give either --client or --user\n' },
    ]);
    expect(await live()).toEqual(before);
  });
});
