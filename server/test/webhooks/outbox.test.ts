import { type AdapterOptions, createAdapter } from '@grantkeeper/oidc-provider';
import type { JWTPayload } from 'jose';
import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { connectDatabase } from '../../src/database/connect.ts';
import { finishEvents } from '../../src/grants/audit/finish.ts';
import { recordedPurge } from '../../src/grants/audit/purge.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { MESSAGE_TYPES } from '../../src/webhooks/message.ts';
import { times } from '../effort.ts';
import { Line } from '../line.ts';
import { consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { endLeases, sender, turn, useReceivers } from './receiving.ts';

const service = useService({ batchSize: 2 });
const [crm, siem] = useReceivers(2);
if (!crm || !siem) throw new Error('there are two');

const { account_id, project_id, user_id, client_id } = PAGE_GRANT;
const ADMIN: JWTPayload = {
  sub: 'admin',
  account_id,
  project_id,
  client_id: 'vts_console',
  permissions: ['account:admin'],
};
const PERSON: JWTPayload = { sub: user_id, account_id, scope: 'urn:logto:scope:sessions openid' };

const grantId = (values: object = {}) => encodeGrantId({ ...PAGE_GRANT, ...values });
const revoke = (body: object) => service.ask('POST', '/api/v1/oauth-grants/revoke', { as: ADMIN, body });
const revokeOne = (values: object = {}) =>
  service.ask('DELETE', `/api/v1/oauth-grants/${grantId(values)}`, { as: ADMIN });
/** The adapter has the driver as its own dependency. */
const isDb = (db: unknown): db is AdapterOptions['db'] => db instanceof mongo.Db;
const later = (seconds = 1) => {
  service.now = new Date(service.now.getTime() + seconds * 1_000);
};
const addToken = (values: object = {}) =>
  service.store.refreshTokens.create(tokenRow({ expires_at: null, ...values }));
const stored = () => service.store.webhookMessages.find().sort({ number: 1 }).lean();

beforeEach(() => {
  // Receivers go by the real time.
  service.now = new Date();
});

describe('a message', () => {
  it('says what happened to a grant, by ids alone', async () => {
    await service.store.users.create({ _id: user_id, name: 'Ann Bee', email: 'ann@bee.example' });
    await service.store.clients.create({ _id: client_id, name: 'The Client', is_first_party: false });
    await addToken();
    await addToken();
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    await revokeOne();
    await turn(webhooks);
    const [event] = await service.store.auditEvents.find().lean();
    expect(crm.taken).toHaveLength(1);
    const [message] = crm.taken;
    expect(JSON.parse(message?.body ?? '')).toEqual({
      type: 'grant.revoked',
      timestamp: event?.at.toISOString(),
      data: {
        event_id: event?._id,
        grant_id: grantId(),
        ...PAGE_GRANT,
        revoked_tokens: 2,
        reason: 'requested',
        operation: 'revokeOAuthGrant',
        by: { user_id: 'admin', client_id: 'vts_console' },
      },
    });
    expect(message?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Grantkeeper\/\d/),
      'webhook-id': expect.stringMatching(/^msg_[\w-]{43}$/),
      'webhook-timestamp': String(Math.floor(service.now.getTime() / 1_000)),
      'webhook-signature': expect.stringMatching(/^v1,\S+$/),
    });
    expect(message?.body).not.toMatch(/Ann|bee\.example|The Client/);
  });

  it('is sent for each grant and each consent, whichever operation revoked it, and by the adapter', async () => {
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    const consents = ['me', 'account', 'named', 'bare'];
    const expires_at = new Date(service.now.getTime() + 3_600_000);
    await service.store.consents.insertMany(consents.map((_id) => consentRow({ _id, expires_at })));
    await service.store.clients.create({ _id: client_id, name: 'App', is_first_party: false });
    await service.store.verificationRecords.create({
      _id: 'v',
      user_id,
      type: 'Password',
      verified: true,
      expires_at,
    });
    const scopes = ['one', 'many', 'previewed', 'me', 'account', 'named'];
    for (const scope of scopes)
      await addToken({ scope: [scope], ...(consents.includes(scope) ? { consent_id: scope } : {}) });
    await addToken({ client_id: 'filtered' });
    await addToken({ client_id: 'filtered', user_id: 'bob' });

    const ids = new Set<string>();
    const step = async (work: () => Promise<unknown>, ...messages: string[]) => {
      later();
      await work();
      await turn(webhooks);
      const told = crm.taken.map(
        ({ type, data }) => `${data.operation}: ${type} ${data.grant_id ?? data.consent_id}`,
      );
      expect(told.toSorted()).toEqual(messages.toSorted());
      for (const { id } of crm.taken) expect(ids.size < ids.add(id).size).toBe(true);
      crm.reset();
    };
    const of = (operation: string, scope: string) =>
      `${operation}: grant.revoked ${grantId({ scope: [scope] })}`;
    await step(() => revokeOne({ scope: ['one'] }), of('revokeOAuthGrant', 'one'));
    await step(() => revoke({ grant_ids: [grantId({ scope: ['many'] })] }), of('revokeOAuthGrants', 'many'));
    await step(
      () => revoke({ client_id: 'filtered' }),
      `revokeOAuthGrants: grant.revoked ${grantId({ client_id: 'filtered' })}`,
      `revokeOAuthGrants: grant.revoked ${grantId({ client_id: 'filtered', user_id: 'bob' })}`,
    );
    await step(
      () => revoke({ grant_ids: [grantId({ scope: ['named'] })], include_consent: true }),
      of('revokeOAuthGrants', 'named'),
      'revokeOAuthGrants: consent.revoked named',
    );
    await step(
      async () => {
        const grant_ids = [grantId({ scope: ['previewed'] })];
        const { preview_token } = (await revoke({ grant_ids, dry_run: true })).body;
        expect((await revoke({ preview_token })).status).toBe(200);
      },
      of('revokeOAuthGrants', 'previewed'),
    );
    await step(
      () => service.ask('DELETE', '/v1/me/grants/me', { as: PERSON }),
      of('revokeMeGrant', 'me'),
      'revokeMeGrant: consent.revoked me',
    );
    await step(
      () =>
        service.ask('DELETE', '/api/my-account/grants/account', {
          as: PERSON,
          headers: { 'logto-verification-id': 'v' },
        }),
      of('revokeMyAccountGrant', 'account'),
      'revokeMyAccountGrant: consent.revoked account',
    );
    await step(
      () => service.ask('DELETE', '/v1/me/grants/bare', { as: PERSON }),
      'revokeMeGrant: consent.revoked bare',
    );
    await step(
      async () => {
        const { db } = service.store.users.db;
        if (!isDb(db)) throw new Error('not connected');
        const place = () => ({ account_id, project_id, resource: 'https://mcp.example/' });
        const { adapter } = createAdapter({ db, place, clock: () => service.now });
        const exp = Math.floor(service.now.getTime() / 1_000) + 60;
        await adapter('Grant').upsert('g', {
          accountId: 'ann',
          clientId: 'app',
          openid: { scope: 'openid' },
          exp,
        });
        await adapter('RefreshToken').upsert('secret', {
          ...{ accountId: 'ann', clientId: 'app', grantId: 'g', scope: 'openid', exp, jti: 'secret' },
          kind: 'RefreshToken',
        });
        await adapter('RefreshToken').destroy('secret');
        await finishEvents(service.model, 0);
      },
      `oidc-provider: grant.revoked ${encodeGrantId({ client_id: 'app', user_id: 'ann', account_id, project_id, resource: 'https://mcp.example/', scope: ['openid'] })}`,
    );
    // What takes no access away.
    await step(() => recordedPurge(service.model, { before: service.now, dryRun: false }));
    await step(() => revoke({ client_id: 'filtered' }));
    expect(ids.size).toBe(13);
    expect(await service.store.auditEvents.countDocuments({ unsent: true })).toBe(0);
    expect(await service.store.auditEntries.countDocuments({ sent: null, action: 'revoke' })).toBe(0);
  });

  it('takes its type from the action of the event, and suspensions come in their order', async () => {
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    await addToken();
    for (const action of ['suspend', 'restore', 'suspend', 'restore']) {
      later();
      const path = `/api/v1/oauth-grants/${grantId()}/${action}`;
      expect((await service.ask('POST', path, { as: ADMIN })).status).toBeLessThan(300);
    }
    later();
    await revokeOne();
    await turn(webhooks);
    expect(
      crm.taken.map(({ type, data }) => [type, data.grant_id, data.operation, data.revoked_tokens]),
    ).toEqual([
      ['grant.suspended', grantId(), 'suspendOAuthGrant', 0],
      ['grant.restored', grantId(), 'restoreOAuthGrant', 0],
      ['grant.suspended', grantId(), 'suspendOAuthGrant', 0],
      ['grant.restored', grantId(), 'restoreOAuthGrant', 0],
      ['grant.revoked', grantId(), 'revokeOAuthGrant', 1],
    ]);
    for (const { type } of crm.taken) expect(MESSAGE_TYPES).toContain(type);
  });

  it('is not lost where the connection breaks while it is written', async () => {
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    await addToken();
    await revokeOne();
    // As the driver says it of a bulk write.
    const lost: unknown = Object.assign(Object.create(mongo.MongoBulkWriteError.prototype), {
      message: 'connection closed',
      writeErrors: [],
    });
    vi.spyOn(mongo.Collection.prototype, 'insertMany').mockRejectedValueOnce(lost);
    await expect(webhooks.turn()).rejects.toBe(lost);
    await turn(webhooks);
    expect(crm.taken.map(({ type }) => type)).toEqual(['grant.revoked']);
  });

  it('goes to the receivers that want its type', async () => {
    const webhooks = sender(service, [
      crm.as('crm', { types: ['consent.revoked'] }),
      siem.as('siem', { types: ['grant.revoked', 'grant.restored'] }),
    ]);
    await turn(webhooks);
    await service.store.consents.create(consentRow({ _id: 'k' }));
    await addToken({ consent_id: 'k' });
    await revoke({ client_id, include_consent: true });
    await turn(webhooks);
    expect(crm.taken.map(({ type, data }) => [type, data.consent_id])).toEqual([['consent.revoked', 'k']]);
    expect(siem.taken.map(({ type, data }) => [type, data.grant_id])).toEqual([['grant.revoked', grantId()]]);
  });
});

describe('the outbox', () => {
  it('stays empty without receivers, and one that is added gets what happens from then on', async () => {
    await addToken({ scope: ['before'] });
    await revoke({ client_id });
    await turn(sender(service, []));
    expect([await stored(), await service.store.webhookState.countDocuments()]).toEqual([[], 0]);
    later();
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    expect(await stored()).toEqual([]);
    await addToken({ scope: ['after'] });
    await revoke({ client_id });
    await turn(webhooks);
    later();
    const both = sender(service, [crm.as('crm'), siem.as('siem')]);
    await endLeases(service);
    await turn(both);
    await addToken({ scope: ['for both'] });
    await revoke({ client_id });
    await turn(both);
    const scopes = ({ taken }: typeof crm) => taken.map(({ data }) => data.scope[0]);
    expect([scopes(crm), scopes(siem)]).toEqual([['after', 'for both'], ['for both']]);
  });

  it('writes for receivers that only another server has yet, and for removed ones no longer than a week', async () => {
    const [one, other] = [sender(service, [crm.as('crm')]), sender(service, [siem.as('siem')])];
    await turn(one);
    await turn(other);
    await addToken();
    await revokeOne();
    await turn(one);
    expect([crm.taken.length, siem.taken.length]).toEqual([1, 0]);
    await turn(other);
    expect([crm.taken.length, siem.taken.length]).toEqual([1, 1]);
    later(7 * 24 * 60 * 60);
    await endLeases(service);
    const restarted = sender(service, [siem.as('siem')]);
    await turn(restarted);
    await addToken();
    await revokeOne();
    await turn(restarted);
    expect((await stored()).map(({ receiver, state }) => [receiver, state])).toEqual([
      ['crm', 'delivered'],
      ['siem', 'delivered'],
      ['siem', 'delivered'],
    ]);
  });

  it('has the order of the audit trail, whichever event was finished first', async () => {
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    for (const scope of ['1', '2', '3']) {
      later();
      await addToken({ scope: [scope] });
      await revoke({ client_id });
    }
    const [first] = await service.store.auditEvents.find().sort({ at: 1 }).lean();
    const { auditEvents } = service.store;
    const id = first?._id ?? '';
    const renewed_at = new Date();
    await auditEvents.updateOne({ _id: id }, { $set: { finished_at: null, renewed_at } });
    await turn(webhooks);
    expect(crm.taken, 'they wait for the first').toEqual([]);
    await auditEvents.updateOne({ _id: id }, { $set: { finished_at: service.now } });
    await turn(webhooks);
    // In no order on their way: they are of different grants.
    expect((await stored()).map(({ body }) => JSON.parse(body).data.scope[0])).toEqual(['1', '2', '3']);
    expect((await stored()).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('does not wait long for an event that is not finished', async () => {
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    for (const scope of ['stuck', 'other']) {
      later();
      await addToken({ scope: [scope] });
      await revoke({ client_id });
    }
    const [stuck] = await service.store.auditEvents.find().sort({ at: 1 }).lean();
    await service.store.auditEvents.updateOne({ _id: stuck?._id ?? '' }, { $set: { finished_at: null } });
    later(60);
    await turn(webhooks);
    expect(crm.taken).toEqual([]);
    later(121);
    await turn(webhooks);
    expect(crm.taken.map(({ data }) => data.scope[0])).toEqual(['other']);
  });

  it('gets only what is new of an event that is finished once more', async () => {
    const webhooks = sender(service, [crm.as('crm')]);
    await turn(webhooks);
    await addToken({ scope: ['early'] });
    await addToken({ scope: ['late'] });
    await revokeOne({ scope: ['early'] });
    await turn(webhooks);
    const [event] = await service.store.auditEvents.find().lean();
    const late = { revoked_at: service.now, revocation_id: event?._id ?? null };
    await service.store.refreshTokens.updateOne({ scope: 'late' }, late);
    // As after a crash: its entry is written when it is finished.
    await service.store.auditEvents.updateOne({}, { finished_at: null, by_adapter: true });
    // Long after what it said before was deleted.
    await service.store.webhookMessages.deleteMany({});
    await finishEvents(service.model, 0);
    await turn(webhooks);
    await turn(webhooks);
    expect(crm.attempts.map(({ data }) => data.scope[0])).toEqual(['early', 'late']);
  });
});

describe('two servers', () => {
  it('number and send everything once, though both try', async () => {
    const servers = [1, 2, 3].map(() => sender(service, [crm.as('crm'), siem.as('siem')]));
    await Promise.all(servers.map(turn));
    for (let round = 0; round < 5; round += 1) {
      for (let scope = 0; scope < 5; scope += 1) await addToken({ scope: [`${round}-${scope}`] });
      later();
      await Promise.all([revoke({ client_id }), ...servers.map(turn)]);
      if (round % 2) await endLeases(service);
    }
    await Promise.all(servers.map(turn));
    for (const receiver of [crm, siem]) {
      expect(receiver.attempts).toHaveLength(25);
      expect(new Set(receiver.attempts.map(({ data }) => data.grant_id)).size).toBe(25);
    }
    expect(await stored()).toHaveLength(50);
  });

  it('do not hold up receivers that only one of them has, and deliver to the others one at a time', async () => {
    // An older file, as in the middle of a deployment.
    const [older, newer] = [
      sender(service, [crm.as('crm')]),
      sender(service, [crm.as('crm'), siem.as('siem')]),
    ];
    await turn(older);
    await turn(newer);
    await addToken();
    await revokeOne();
    await Promise.all([turn(older), turn(newer)]);
    await turn(newer);
    expect([crm.attempts.length, siem.attempts.length]).toEqual([1, 1]);
  });

  it('leave the lease to the one that has it until it runs out or is released', async () => {
    const [one, other] = [sender(service, [crm.as('crm')]), sender(service, [crm.as('crm')])];
    const stop = one.start();
    await turn(one);
    await addToken();
    await revokeOne();
    await turn(other);
    expect(await stored()).toEqual([]);
    await stop();
    await turn(other);
    expect(crm.attempts).toHaveLength(1);
  });

  it('lose and double nothing if the one that numbers and delivers is cut off from its database anywhere', async () => {
    await turn(sender(service, [crm.as('crm')]));
    // Of one grant, so that its messages have an order.
    for (let count = 1; count <= 3; count += 1) {
      later();
      await Promise.all(Array.from({ length: count }, () => addToken()));
      await revokeOne();
    }
    let after = 0;
    for (let isCut = true; isCut; after += times(5, 1)) {
      await service.store.auditEvents.collection.updateMany({}, { $set: { unsent: true } });
      await service.store.auditEntries.collection.updateMany({}, { $unset: { sent: '' } });
      await service.store.webhookMessages.deleteMany({});
      await endLeases(service);
      crm.reset();
      const { line, uri } = await Line.open(service.uri);
      const dying = await connectDatabase(uri);
      const first = sender(service, [crm.as('crm')], { collections: dying.collections });
      line.cutAfter(after);
      await Promise.race([turn(first).catch(() => undefined), line.cut]);
      isCut = line.isCut;
      line.close();
      await dying.close();
      await endLeases(service);
      await turn(sender(service, [crm.as('crm')]));
      const ids = crm.taken.map(({ id }) => id);
      expect(new Set(ids).size, `cut after ${after} commands`).toBe(3);
      // One whose answer could not be kept is sent again, under its id.
      expect(ids.length, `cut after ${after} commands`).toBeLessThan(5);
      const once = crm.taken.filter(({ id }, index) => ids.indexOf(id) === index);
      expect(
        once.map(({ data }) => data.revoked_tokens),
        `cut after ${after} commands`,
      ).toEqual([1, 2, 3]);
      expect((await stored()).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
    }
    expect(after).toBeGreaterThan(12);
  });
});
