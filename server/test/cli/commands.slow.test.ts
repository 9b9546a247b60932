import { beforeEach, describe, expect, it } from 'vitest';
import { GRANTKEEPER, OwnProcess } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { readDuration } from '../../src/cli/duration.ts';
import { ACCOUNT_ADMIN } from '../processes.ts';
import { PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const folder = await useProcesses();
const service = useService();
const days = (count: number) => new Date(service.now.getTime() + count * 86_400_000);

// These commands go by the real time.
beforeEach(async () => {
  service.now = new Date();
  await service.store.refreshTokens.insertMany([
    tokenRow({ user_id: 'gone', expires_at: days(-91) }),
    tokenRow({ expires_at: null, revoked_at: days(-91) }),
    tokenRow({ expires_at: null, revoked_at: days(-89) }),
    tokenRow({ expires_at: days(-89) }),
  ]);
});

/** Runs a command without npm, which takes its time. */
function run(...args: string[]) {
  return new OwnProcess([...GRANTKEEPER, ...args], { MONGODB_URI: service.uri }).ended;
}

const countRows = () => service.store.refreshTokens.countDocuments();
const list = async () =>
  (await service.ask('GET', '/api/v1/oauth-grants?status=all', { as: ACCOUNT_ADMIN })).body;

describe('npm run purge', () => {
  it('counts, then deletes, what is older than it is told', async () => {
    const counted = await run('purge', '--older-than', '90d', '--dry-run');
    expect(counted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 2 refresh tokens would be deleted\n$/),
    });
    expect(await countRows()).toBe(4);

    const deleted = await run('purge', '--older-than', '90d');
    expect(deleted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 2 refresh tokens were deleted\n$/),
    });
    expect(deleted.stderr).toMatch(/^looking for what expired or was revoked before \d{4}-/);
    expect(await countRows()).toBe(2);
    expect((await list()).grants).toMatchObject([{ grant_id: PAGE_GRANT_ID, token_count: 2 }]);
  });

  it('deletes nothing where npm took its --dry-run', async () => {
    const command = ['npm', 'run', '--silent', '--dry-run', 'purge', '--', '--older-than', '90d'] as const;
    const { stdout } = await new OwnProcess([...command], { MONGODB_URI: service.uri }).ended;
    expect(stdout).toContain(': 2 refresh tokens would be deleted\n');
    expect(await countRows()).toBe(4);
  });

  it('refuses what it does not understand', async () => {
    const endings = await Promise.all([run('purge'), run('purge', '--older-than', '0d')]);
    expect(endings).toEqual(
      [
        "grantkeeper: required option '--older-than <age>' not specified\n",
        "grantkeeper: option '--older-than <age>' argument '0d' is invalid. Give a time such as 90d, 36h, 30m.\n",
      ].map((stderr) => ({ code: 1, stdout: '', stderr })),
    );
    expect(await countRows()).toBe(4);
  });

  it('takes whole numbers of days, hours and minutes for an age', () => {
    const read = readDuration(['d', 'h', 'm']);
    expect(['90d', '36h', '1m'].map((text) => read(text))).toEqual([7_776_000_000, 129_600_000, 60_000]);
    for (const text of ' 0d 00h 90 d -1d 1.5d 1e3d 90D 45s 1w 9999999d'.split(' ')) {
      expect(() => read(text), text).toThrow('Give a time such as 90d, 36h, 30m.');
    }
  });
});

describe('npm run model', () => {
  it('checks, finds what is wrong, and rebuilds', async () => {
    await list();
    expect(await run('model', 'check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: all 2 grants are what their refresh tokens say\n$/),
      stderr: '',
    });

    await service.store.grants.collection.updateMany({}, { $set: { token_count: 7 } });
    const { code, stdout, stderr } = await run('model', 'check');
    expect(code).toBe(1);
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(found.map(({ model, rows }) => [model.token_count, rows.token_count])).toEqual([
      [7, 3],
      [7, 1],
    ]);
    expect(stderr).toBe(
      'grantkeeper: 2 grants differ from their refresh tokens: run grantkeeper model rebuild\n',
    );

    expect(await run('model', 'rebuild')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 2 grants rebuilt in \d+\.\d s\n$/),
    });
    expect((await list()).grants.map(({ token_count }: { token_count: number }) => token_count)).toEqual([
      1, 3,
    ]);
  });

  it('refuses what it does not understand', async () => {
    const endings = await Promise.all([
      run('model'),
      run('model', 'chekc'),
      run('model', 'check', 'rebuild'),
    ]);
    expect(endings.map(({ code, stdout }) => [code, stdout])).toEqual([1, 1, 1].map((code) => [code, '']));
    expect(endings.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/^Usage: grantkeeper model (.|\n)* check (.|\n)* rebuild /),
      "grantkeeper: unknown command 'chekc' (Did you mean check?)\n",
      "grantkeeper: too many arguments for 'check'. Expected 0 arguments but got 1.\n",
    ]);
  });

  it('says what to do where there is no database', async () => {
    const command = new OwnProcess(['npm', 'run', '--silent', 'model', 'check'], { DATA_DIR: folder });
    expect(await command.ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `grantkeeper: no server runs on ${folder}: start one first, or set MONGODB_URI\n`,
    });
  });
});
