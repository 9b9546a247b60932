import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config.ts';
import { type ReceiversConfig, readReceivers } from '../../src/webhooks/receivers.ts';
import { PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { newSecret, sender, turn, useReceivers } from './receiving.ts';

const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-webhooks-'));
afterAll(() => rm(folder, { recursive: true }));
const webhooksFile = join(folder, 'webhooks.json');
const secret = newSecret();
const receiver = { name: 'crm', url: 'https://crm.example/hooks?key=a', secrets: [secret] };

async function read(content: unknown, config: Partial<ReceiversConfig> = {}) {
  await writeFile(webhooksFile, typeof content === 'string' ? content : JSON.stringify(content));
  return readReceivers({ webhooksFile, webhooksAllowPrivate: false, production: true, ...config });
}

/** The lines of the error that a file leads to. */
async function faultsOf(content: unknown, config: Partial<ReceiversConfig> = {}): Promise<string[]> {
  const error: unknown = await read(content, config).catch((cause: unknown) => cause);
  if (!(error instanceof ConfigError)) throw new Error(`it was taken: ${JSON.stringify(error)}`);
  return error.message.split('\n').map((line) => line.trim());
}

const HTTPS = 'must start with https:// (http:// only for this machine, and not in production)';
const PRIVATE = 'must not be a private address, unless WEBHOOKS_ALLOW_PRIVATE is true';

describe('the file of receivers', () => {
  it('lists them with their URLs, secrets and types; without one there are none', async () => {
    const types = ['grant.revoked', 'consent.revoked'];
    const other = {
      name: 'siem-2',
      url: 'https://93.184.216.34:8443',
      secrets: [newSecret(), secret],
      types,
    };
    expect(await read([receiver, other])).toEqual([
      { ...receiver, url: new URL(receiver.url) },
      { ...other, url: new URL(other.url) },
    ]);
    expect(await read([])).toEqual([]);
    const none = { webhooksFile: undefined, webhooksAllowPrivate: false, production: true };
    expect(await readReceivers(none)).toEqual([]);
  });

  it('is refused with one error that lists every fault, and quotes no secret', async () => {
    const almost = `${secret.slice(0, -4)}!==`;
    const faults = await faultsOf([
      { ...receiver, name: 'CRM', url: 'http://crm.example' },
      { ...receiver, url: 'crm.example', secrets: [almost, 'whsec_c2hvcnQ='] },
      { ...receiver, url: 'https://ann:secret@crm.example', types: ['grant.revoke'] },
      { ...receiver, name: 'd', secrets: [], types: [] },
      { ...receiver, name: 'e', url: 'https://crm.example/#a', Secret: almost },
      'f',
    ]);
    expect(faults).toEqual([
      `WEBHOOKS_FILE (${webhooksFile}) is wrong:`,
      'receiver 1: name must be up to 64 lower-case letters, digits and hyphens, a letter first',
      `receiver 1: url ${HTTPS}`,
      'receiver 2 ("crm"): url must be a URL such as https://receiver.example/webhooks',
      'receiver 2 ("crm"): secrets.0 must be whsec_ and the base64 of 24 to 64 random bytes',
      'receiver 2 ("crm"): secrets.1 must be whsec_ and the base64 of 24 to 64 random bytes',
      'receiver 3 ("crm"): url must not hold a user or password: the signature says who sends',
      'receiver 3 ("crm"): types.0 must be one of grant.revoked, grant.suspended, grant.restored, consent.revoked',
      'receiver 4 ("d"): secrets must have at least one secret',
      'receiver 4 ("d"): types must have at least one type; leave it out for all',
      'receiver 5 ("e"): url must not have a fragment',
      'receiver 5 ("e"): may have name, url, secrets and types only',
      'receiver 6: must be an object with name, url and secrets',
    ]);
    expect(faults.join()).not.toContain(secret.slice(6, -4));
  });

  it.each([
    [
      'names two receivers alike',
      [receiver, { ...receiver }],
      ['receiver 2 ("crm"): name must differ from all others'],
    ],
    ['is no list', { crm: receiver }, ['must be a list of receivers']],
    [
      'has no secret',
      [{ name: 'crm', url: receiver.url }],
      ['receiver 1 ("crm"): secrets must be a list of secrets'],
    ],
    ['has no name', [{ ...receiver, name: 1 }], ['receiver 1: name must be a text']],
  ])('is refused if it %s', async (_what, content, faults) => {
    expect((await faultsOf(content)).slice(1)).toEqual(faults);
  });

  it('is refused without a word of it if it is not JSON', async () => {
    const broken = `[{"name": "crm", "secrets": [${secret}]}]`;
    const [fault, ...others] = await faultsOf(broken);
    expect(fault).toMatch(/^WEBHOOKS_FILE \(\S+\) is not valid JSON(: see line 1 column \d+)?$/);
    expect(others).toEqual([]);
    expect(fault).not.toContain('whsec');
  });

  it('must be there', async () => {
    const missing = { webhooksFile: '/nowhere.json', webhooksAllowPrivate: false, production: true };
    await expect(readReceivers(missing)).rejects.toThrow(
      'WEBHOOKS_FILE cannot be read: ENOENT, /nowhere.json',
    );
  });

  it.each([
    ['http://127.0.0.1:1', true, false, undefined],
    ['http://localhost:1', true, false, undefined],
    ['http://[::1]:1', true, false, undefined],
    ['http://localhost:1', false, false, PRIVATE],
    ['http://localhost:1', true, true, HTTPS],
    ['http://10.0.0.1', true, false, HTTPS],
    ['http://receiver.example', true, false, HTTPS],
    ['ftp://receiver.example', true, false, HTTPS],
    ['https://localhost', false, true, PRIVATE],
    ['https://10.0.0.1', false, true, PRIVATE],
    ['https://169.254.169.254', false, true, PRIVATE],
    ['https://[fd00::1]', false, true, PRIVATE],
    ['https://10.0.0.1', true, true, undefined],
  ])(
    'may name %s where private addresses are allowed (%s) in production (%s): %s',
    async (url, allow, production, fault) => {
      const config = { webhooksAllowPrivate: allow, production };
      if (fault === undefined) expect(await read([{ ...receiver, url }], config)).toHaveLength(1);
      else
        expect(await faultsOf([{ ...receiver, url }], config)).toContain(`receiver 1 ("crm"): url ${fault}`);
    },
  );
});

describe('a file that changes', () => {
  const service = useService();
  const [crm] = useReceivers(1);
  if (!crm) throw new Error('there is one');
  const as = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
  const config = { webhooksFile, webhooksAllowPrivate: true, production: false };

  beforeEach(() => {
    service.now = new Date();
  });

  async function revoke(): Promise<void> {
    service.now = new Date(service.now.getTime() + 1_000);
    await service.store.refreshTokens.create(tokenRow({ expires_at: null }));
    await service.ask('DELETE', `/api/v1/oauth-grants/${PAGE_GRANT_ID}`, { as });
  }

  it('is read again, so that secrets are rotated without a restart; a wrong one changes nothing', async () => {
    const [old, fresh] = [newSecret(), newSecret()];
    const write = (...secrets: string[]) =>
      writeFile(webhooksFile, JSON.stringify([{ name: 'crm', url: crm.url, secrets }]));
    await write(old);
    const webhooks = sender(service, await readReceivers(config), { config });
    const deliver = async (knows: string) => {
      crm.secret = knows;
      await revoke();
      await webhooks.reread();
      await turn(webhooks);
    };
    await turn(webhooks);
    await deliver(old);
    await write(fresh, old);
    await deliver(old);
    await deliver(fresh);
    await writeFile(webhooksFile, `[{ "secrets": ["${old}"`);
    await deliver(fresh);
    await rm(webhooksFile);
    await deliver(fresh);
    await write(fresh);
    await deliver(fresh);
    expect(crm.taken).toHaveLength(6);
    expect(crm.taken.at(-1)?.headers['webhook-signature']).toMatch(/^\S+$/);
    const logged = service.logged.filter((line) => line.includes('WEBHOOKS_FILE'));
    expect(logged.map((line) => JSON.parse(line).message ?? JSON.parse(line).context)).toEqual([
      'WEBHOOKS_FILE has changed: its receivers are in use',
      expect.stringMatching(/is not valid JSON.*\nThe receivers stay as they were\.$/),
      expect.stringMatching(/cannot be read.*\nThe receivers stay as they were\.$/),
      'WEBHOOKS_FILE is right again',
      'WEBHOOKS_FILE has changed: its receivers are in use',
    ]);
    for (const one of [old, fresh]) expect(logged.join()).not.toContain(one.slice(6, 20));
  });
});
