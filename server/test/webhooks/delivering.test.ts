import { once } from 'node:events';
import type { AddressInfo, LookupFunction } from 'node:net';
import { createServer } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WebhookMessageRow } from '../../src/database/collections.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { ATTEMPTS, waitAfter } from '../../src/webhooks/backoff.ts';
import { send } from '../../src/webhooks/send.ts';
import type { Webhooks } from '../../src/webhooks/webhooks.ts';
import { eventually } from '../eventually.ts';
import { PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { newSecret, sender, turn, useReceivers } from './receiving.ts';

const service = useService();
const [crm, siem] = useReceivers(2);
if (!crm || !siem) throw new Error('there are two');

const ADMIN = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const later = (seconds = 1) => {
  service.now = new Date(service.now.getTime() + seconds * 1_000);
};

/** Revokes the grant of a user, once more. */
async function revoke(user_id: string): Promise<void> {
  later();
  await service.store.refreshTokens.create(tokenRow({ user_id, expires_at: null }));
  const path = `/api/v1/oauth-grants/${encodeGrantId({ ...PAGE_GRANT, user_id })}`;
  expect((await service.ask('DELETE', path, { as: ADMIN })).body.revoked_tokens).toBe(1);
}

const stored = (): Promise<WebhookMessageRow[]> =>
  service.store.webhookMessages.find().sort({ number: 1, receiver: 1 }).lean();
const statesOf = async () => (await stored()).map(({ state }) => state);

/** Turns until a message has had so many attempts, each as soon as it is due. */
async function untilAttempts(webhooks: Webhooks, count: number): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) {
    await turn(webhooks);
    const [message] = await stored();
    if (!message || message.attempts >= count || !message.next_at) return;
    service.now = message.next_at;
  }
}

let webhooks: Webhooks;
beforeEach(async () => {
  service.now = new Date();
  webhooks = sender(service, [crm.as('crm')]);
  await turn(webhooks);
});

describe('a delivery', () => {
  it.each([200, 201, 204, 299])('with the status %i is done', async (status) => {
    crm.answer = () => status;
    await revoke('ann');
    await turn(webhooks);
    later(90_000);
    await turn(webhooks);
    expect(crm.attempts).toHaveLength(1);
    const [message] = await stored();
    expect(message).toMatchObject({ state: 'delivered', attempts: 1 });
    const kept = Number(message?.expire_at) - Number(message?.ended_at);
    expect(kept).toBe(7 * 24 * 60 * 60 * 1_000);
  });

  it.each([
    [302, 'HTTP 302: redirects are not followed'],
    [307, 'HTTP 307: redirects are not followed'],
    [400, 'HTTP 400'],
    [404, 'HTTP 404'],
    [500, 'HTTP 500'],
  ])('with the status %i is tried again', async (status, error) => {
    crm.answer = (_message, res) => {
      res.writeHead(status, { Location: siem.url }).end();
      return undefined;
    };
    await revoke('ann');
    await turn(webhooks);
    expect(await stored()).toMatchObject([{ state: 'waiting', attempts: 1, error }]);
    expect(siem.attempts).toEqual([]);
    crm.answer = () => 200;
    await untilAttempts(webhooks, 2);
    expect(await statesOf()).toEqual(['delivered']);
    const [first, second] = crm.attempts;
    expect([second?.id, second?.body]).toEqual([first?.id, first?.body]);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(
      Number(first?.headers['webhook-timestamp']),
    );
  });

  it('to a receiver that switches to another protocol is tried again', async () => {
    crm.answer = (_message, res) => {
      res.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
      return undefined;
    };
    await revoke('ann');
    await turn(webhooks);
    expect(await stored()).toMatchObject([{ state: 'waiting', attempts: 1 }]);
  });

  it('that gets no answer in time is tried again', async () => {
    const impatient = sender(service, [crm.as('crm')], { limit: 50 });
    await service.store.webhookState.deleteMany({});
    await turn(impatient);
    crm.answer = () => undefined;
    await revoke('ann');
    await turn(impatient);
    expect(await stored()).toMatchObject([{ state: 'waiting', error: 'no answer within 0.05 s' }]);
  });

  it('is done by its status, however long or slow the rest of the answer is', async () => {
    let written = 0;
    let isOpen = true;
    crm.answer = (_message, res) => {
      res.on('close', () => {
        isOpen = false;
      });
      const write = () => {
        while (isOpen && res.write('x'.repeat(64 * 1024))) written += 64 * 1024;
      };
      res.on('drain', write);
      write();
      return undefined;
    };
    await revoke('ann');
    await turn(webhooks);
    expect(await statesOf()).toEqual(['delivered']);
    await eventually(() => expect(isOpen).toBe(false));
    expect(written).toBeLessThan(32 * 1024 * 1024);
    const slow = sender(service, [crm.as('crm')], { limit: 500 });
    await service.store.webhookState.deleteMany({});
    await turn(slow);
    crm.answer = (_message, res) => {
      res.writeHead(200).write('x');
      return undefined;
    };
    await revoke('bob');
    await turn(slow);
    expect(await statesOf()).toEqual(['delivered', 'delivered']);
  });

  it('to a receiver that is down is tried again until it is back', async () => {
    const { port } = crm;
    const gone = createServer();
    gone.listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const url = new URL(`http://127.0.0.1:${(gone.address() as AddressInfo).port}/`);
    gone.close();
    const receivers = [crm.as('crm', { url })];
    const down = sender(service, receivers);
    await service.store.webhookState.deleteMany({});
    await turn(down);
    await revoke('ann');
    await untilAttempts(down, 3);
    expect(await stored()).toMatchObject([{ state: 'waiting', attempts: 3, error: 'ECONNREFUSED' }]);
    url.port = String(port);
    await untilAttempts(down, 4);
    expect(await stored()).toMatchObject([{ state: 'delivered', attempts: 4 }]);
  });

  it('that failed for the last time is dead, and the log says so', async () => {
    crm.answer = () => 503;
    await revoke('ann');
    const begin = service.now.getTime();
    await untilAttempts(webhooks, ATTEMPTS);
    expect(crm.attempts).toHaveLength(ATTEMPTS);
    expect(ATTEMPTS).toBe(9);
    const hours = (service.now.getTime() - begin) / 3_600_000;
    expect(hours).toBeGreaterThan(32);
    expect(hours).toBeLessThan(50);
    const [message] = await stored();
    expect(message).toMatchObject({ state: 'dead', attempts: ATTEMPTS, error: 'HTTP 503' });
    expect(Number(message?.expire_at) - Number(message?.ended_at)).toBe(30 * 24 * 60 * 60 * 1_000);
    expect(service.logged.join()).toContain('gave up a webhook: it was the last attempt');
    later(90_000);
    await turn(webhooks);
    expect(crm.attempts).toHaveLength(ATTEMPTS);
  });

  it('that gets a 410 is dead at once, and the log says so', async () => {
    crm.answer = () => 410;
    await revoke('ann');
    await turn(webhooks);
    expect(await stored()).toMatchObject([{ state: 'dead', attempts: 1, error: 'HTTP 410' }]);
    expect(service.logged.join()).toContain('the receiver says that it is gone');
  });

  it.each([
    ['3600', 3_600],
    [() => new Date(service.now.getTime() + 3_600_000).toUTCString(), 3_600],
    ['1', 5],
    ['999999999', 24 * 3_600],
    ['soon', 5],
  ])('waits as long as Retry-After says, within reason: %s', async (given, seconds) => {
    const value = typeof given === 'string' ? given : undefined;
    crm.answer = (_message, res) => {
      res.writeHead(429, { 'Retry-After': value ?? (given as () => string)() }).end();
      return undefined;
    };
    await revoke('ann');
    await turn(webhooks);
    const [message] = await stored();
    const wait = (Number(message?.next_at) - service.now.getTime()) / 1_000;
    expect(wait).toBeGreaterThan(seconds * 0.79);
    expect(wait).toBeLessThan(seconds * 1.21);
  });

  it('is tried again after longer and longer, never just when others are', () => {
    const waits = Array.from({ length: ATTEMPTS - 1 }, (_, attempts) => waitAfter(attempts, 0, 0.5));
    expect(waits.map((wait) => Number(wait) / 1_000)).toEqual([
      5, 30, 120, 900, 3_600, 14_400, 43_200, 86_400,
    ]);
    expect([waitAfter(0, 0, 0), waitAfter(0, 0, 1)]).toEqual([4_000, 6_000]);
    expect(waitAfter(ATTEMPTS - 1)).toBeUndefined();
  });
});

describe('the messages of a grant', () => {
  const told = ({ taken }: typeof crm) => taken.map(({ data, timestamp }) => `${data.user_id} ${timestamp}`);

  it('come in order, though one fails, and do not hold up those of others', async () => {
    let isBroken = true;
    crm.answer = ({ data }) => (isBroken && data.user_id === 'ann' ? 500 : 204);
    for (const user_id of ['ann', 'bob', 'ann', 'bob', 'ann']) await revoke(user_id);
    await turn(webhooks);
    expect(crm.taken.map(({ data }) => data.user_id)).toEqual(['bob', 'bob']);
    expect(crm.attempts.filter(({ data }) => data.user_id === 'ann')).toHaveLength(1);
    await untilAttempts(webhooks, 3);
    expect(crm.taken).toHaveLength(2);
    isBroken = false;
    await untilAttempts(webhooks, 4);
    const ofAnn = told(crm).filter((one) => one.startsWith('ann'));
    expect(ofAnn).toHaveLength(3);
    expect(ofAnn).toEqual(ofAnn.toSorted());
    expect(await statesOf()).toEqual(Array.from({ length: 5 }, () => 'delivered'));
  });

  it('go on when one is dead', async () => {
    crm.answer = ({ id }) => (id === crm.attempts[0]?.id ? 410 : 204);
    for (const user_id of ['ann', 'ann']) await revoke(user_id);
    await turn(webhooks);
    expect(await statesOf()).toEqual(['dead', 'delivered']);
  });

  it('are never on their way together, and those of a slow receiver do not hold up another', async () => {
    await service.store.webhookState.deleteMany({});
    const both = sender(service, [crm.as('crm'), siem.as('siem')]);
    await turn(both);
    let [running, most] = [0, 0];
    const open = new Set<string>();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    crm.answer = async ({ data }) => {
      expect(open.has(data.user_id)).toBe(false);
      open.add(data.user_id);
      running += 1;
      most = Math.max(most, running);
      await held;
      open.delete(data.user_id);
      running -= 1;
      return 204;
    };
    const people = Array.from({ length: 12 }, (_, index) => `person-${index}`);
    for (const user_id of [...people, ...people]) await revoke(user_id);
    await both.turn();
    await eventually(() => expect([crm.attempts.length, siem.taken.length]).toEqual([8, 24]));
    release();
    await both.settled();
    expect([crm.taken.length, most]).toEqual([24, 8]);
    for (const receiver of [crm, siem]) {
      for (const person of people) {
        const own = told(receiver).filter((one) => one.startsWith(`${person} `));
        expect([own.length, own]).toEqual([2, own.toSorted()]);
      }
    }
  });
});

describe('secrets', () => {
  it('sign together while they are rotated, and neither the log nor an error holds one', async () => {
    const [old, fresh] = [newSecret(), newSecret()];
    await service.store.webhookState.deleteMany({});
    const rotating = sender(service, [crm.as('crm', { secrets: [fresh, old] })]);
    await turn(rotating);
    for (const secret of [old, fresh, newSecret()]) {
      crm.secret = secret;
      await revoke(`by ${secret}`);
      await turn(rotating);
    }
    expect(crm.taken).toHaveLength(2);
    for (const { headers } of crm.taken)
      expect(headers['webhook-signature']).toMatch(/^v1,[^ ]{44} v1,[^ ]{44}$/);
    // The receiver that knows neither refuses.
    expect(await stored()).toMatchObject([{}, {}, { state: 'waiting', error: 'HTTP 401' }]);
    for (const secret of [old, fresh]) expect(service.logged.join()).not.toContain(secret.slice(6));
  });
});

describe('an address', () => {
  const message = { id: 'msg_one', body: '{}' };
  const to = (url: string, lookup?: LookupFunction) =>
    send({ url: new URL(url), secrets: [newSecret()] }, message, {
      allowPrivate: false,
      at: new Date(),
      lookup,
      limit: 5_000,
    });
  const REFUSED = {
    delivered: false,
    error: 'refused: the address is private (WEBHOOKS_ALLOW_PRIVATE)',
  };
  const resolving =
    (...addresses: string[]): LookupFunction =>
    (_name, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[fd00::1]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    'localhost',
  ])('that is private is refused: %s', async (host) => {
    expect(await to(`http://${host}:${crm.port}/`)).toEqual(REFUSED);
    expect(await to(`https://${host}:${crm.port}/`)).toEqual(REFUSED);
    expect(crm.attempts).toEqual([]);
  });

  it.each([
    [['127.0.0.1']],
    [['169.254.169.254']],
    [['::1']],
    [['::ffff:10.0.0.1']],
    [['203.0.113.7', '127.0.0.1']],
  ])('that a public name resolves to is refused if it is private: %s', async (addresses) => {
    const lookup = resolving(...addresses);
    expect(await to(`http://receiver.example:${crm.port}/`, lookup)).toEqual(REFUSED);
    expect(await to(`https://receiver.example:${crm.port}/`, lookup)).toEqual(REFUSED);
    expect(crm.attempts).toEqual([]);
  });

  it('that a name resolves to later is refused then', async () => {
    const asked: string[] = [];
    const webhooks = sender(
      service,
      [crm.as('crm', { url: new URL(`http://rebind.example:${crm.port}/`) })],
      {
        config: { webhooksFile: undefined, webhooksAllowPrivate: false, production: false },
        lookup: (name, options, done) => {
          asked.push(name);
          if (asked.length > 1) resolving('127.0.0.1')(name, options, done);
          else done(Object.assign(new Error('not yet'), { code: 'ENOTFOUND' }), '');
        },
      },
    );
    await service.store.webhookState.deleteMany({});
    await turn(webhooks);
    await revoke('ann');
    await untilAttempts(webhooks, 1);
    expect(await stored()).toMatchObject([{ attempts: 1, error: 'ENOTFOUND' }]);
    await untilAttempts(webhooks, 2);
    expect(await stored()).toMatchObject([{ attempts: 2, error: REFUSED.error }]);
    expect([asked.length, crm.attempts.length]).toEqual([2, 0]);
  });

  it('that is private is fine where it is allowed', async () => {
    const url = new URL(`http://localhost:${crm.port}/`);
    const outcome = await send(
      { url, secrets: [crm.secret] },
      { id: 'msg_one', body: JSON.stringify({ type: 'webhook.test' }) },
      { allowPrivate: true, at: new Date(), lookup: resolving('127.0.0.1') },
    );
    expect(outcome).toEqual({ delivered: true, status: 204 });
  });
});

describe('a stop', () => {
  it('waits for the delivery on its way, and starts no other', async () => {
    let answer: (status: number) => void = () => undefined;
    crm.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    for (let count = 0; count < 2; count += 1) await revoke('ann');
    const stop = webhooks.start();
    await webhooks.turn();
    await eventually(() => expect(crm.attempts).toHaveLength(1));
    const order: string[] = [];
    const stopped = stop().then(() => order.push('stopped'));
    // Long enough for a stop that does not wait.
    for (let turns = 0; turns < 5; turns += 1) await stored();
    order.push('answered');
    answer(204);
    await stopped;
    expect(order).toEqual(['answered', 'stopped']);
    expect(await statesOf()).toEqual(['delivered', 'waiting']);
  });
});
