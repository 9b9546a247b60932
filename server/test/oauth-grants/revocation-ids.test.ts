import { mongo } from 'mongoose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { countRevoked } from '../../src/grants/revocation/batch.ts';
import { revokeMatchingGrants } from '../../src/grants/revocation/by-filter.ts';
import { finishRevocations } from '../../src/grants/revocation/finish.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { ASKED, consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService({ batchSize: 2 });
const { user_id, account_id, client_id } = PAGE_GRANT;
const person = { sub: user_id, account_id, permissions: ['account:member'] };
const GRANTS = '/api/v1/oauth-grants';
const rows = () => service.store.refreshTokens.find().lean();
const consents = () => service.store.consents.find().lean();

beforeEach(async () => {
  const already = { revoked_at: new Date('2026-05-01T00:00:00.000Z'), revocation_id: 'an earlier one' };
  await service.store.refreshTokens.insertMany([
    ...['a', 'b', 'c', 'd', 'e'].map((scope) => tokenRow({ scope: [scope], consent_id: 'k' })),
    tokenRow({ scope: ['a'], consent_id: 'k', ...already }),
    tokenRow({ scope: ['a'], consent_id: 'k', user_id: 'somebody else' }),
  ]);
  await service.store.consents.insertMany([consentRow({ _id: 'k' }), consentRow({ _id: 'l', ...already })]);
});

describe('what a revocation changed bears its id, and nothing else does', () => {
  const one = encodeGrantId({ ...PAGE_GRANT, scope: ['a'] });
  const ways: [string, number, () => ReturnType<typeof service.ask>][] = [
    ['one grant', 1, () => service.ask('DELETE', `${GRANTS}/${one}?include_consent=true`, { as: person })],
    ['grants by their ids', 1, () => revoke({ grant_ids: [one], include_consent: true })],
    ['grants by a filter', 5, () => revoke({ client_id, include_consent: true })],
    ['a consent', 5, () => service.ask('DELETE', '/v1/me/grants/k', { as: person })],
  ];
  const revoke = (body: object) => service.ask('POST', `${GRANTS}/revoke`, { as: person, body });

  it.each(ways)('%s', async (_way, tokens, ask) => {
    expect((await ask()).status).toBeLessThan(300);
    const changed = [...(await rows()), ...(await consents())].filter(({ revoked_at }) => revoked_at);
    const ids = new Set(changed.map(({ revocation_id }) => revocation_id ?? ''));
    expect(ids.delete('an earlier one')).toBe(true);
    const [id = ''] = ids;
    expect(ids.size).toBe(1);
    const counts = { revoked_tokens: tokens, revoked_consents: 1 };
    expect(await countRevoked(service.model.store, id)).toEqual(counts);
    expect(changed).toHaveLength(tokens + 1 + 2);
  });
});

it('a revocation that was cut off, finished by another server and then repeated counts as one', async () => {
  const options = {
    id: 'the revocation',
    asked: ASKED,
    include_consent: true,
    now: service.now,
    stopping: new AbortController().signal,
  };
  const choice = { filter: { account_id, user_id }, status: 'active' } as const;
  const { updateMany } = mongo.Collection.prototype;
  const cutOff = vi.spyOn(mongo.Collection.prototype, 'updateMany').mockImplementation(function (
    this: mongo.Collection,
    ...args
  ) {
    if (cutOff.mock.calls.length > 12) throw new Error('cut off');
    return updateMany.apply(this, args);
  });
  await expect(revokeMatchingGrants(service.model, choice, options)).rejects.toThrow('cut off');
  cutOff.mockRestore();
  const before = await countRevoked(service.model.store, options.id);
  expect(before.revoked_tokens).toBeLessThan(5);
  await finishRevocations(service.model, 0);
  const meanwhile = await countRevoked(service.model.store, options.id);
  const rest = await revokeMatchingGrants(service.model, choice, options);
  expect(meanwhile.revoked_tokens + rest.revoked_tokens).toBe(5);
  expect(await countRevoked(service.model.store, options.id)).toEqual({
    revoked_tokens: 5,
    revoked_consents: 1,
  });
});
