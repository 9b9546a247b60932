import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { times } from '../effort.ts';
import { consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { admin, day } from './lists.ts';
import { previewing } from './previewing.ts';

// So small that almost every preview has several chunks.
const service = useService({ batchSize: 2 });
const { preview, execute, snapshot } = previewing(service);
const { account_id } = PAGE_GRANT;

const CONSENTS = ['k1', 'k2', 'k3'];
const some = <Value>(...values: Value[]) => fc.constantFrom(...values);
/** In days from now; null is never, or not. */
const dates = some(-2, -1, 1, 2, null);
const tokens = fc.record({
  client_id: some('c1', 'c2'),
  user_id: some('u1', 'u2', 'u3'),
  project_id: some('p1', 'p2'),
  scope: some(['a'], ['b'], ['a', 'b'], ['b', 'a']),
  consent_id: some(...CONSENTS, 'unknown', null),
  expires: dates,
  used: some(null, -3, -1),
  revoked: some(null, null, null, -1),
  rotated: fc.boolean(),
});
const consents = fc.tuple(
  ...CONSENTS.map((_id) =>
    fc.record({ _id: fc.constant(_id), user_id: some('u1', 'u2', 'u3'), revoked: some(null, null, -1) }),
  ),
);
const selections = fc.record({
  by: some('ids', 'account', 'client', 'user', 'project and client'),
  status: some('active', 'expired', 'revoked', 'all', undefined),
  include_consent: fc.boolean(),
  unused: some(undefined, -4, -2),
  places: fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }),
});

it('a preview counts what its execution then answers, and a list shows as many grants', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(tokens, { minLength: 1, maxLength: 30 }),
      consents,
      selections,
      async (rows, granted, { by, status, include_consent, unused, places }) => {
        await service.empty();
        const at = (days: number | null) => (days === null ? null : day(service, days));
        await service.store.refreshTokens.insertMany(
          rows.map(({ expires, used, revoked, rotated, ...row }) =>
            tokenRow({
              ...row,
              expires_at: at(expires),
              last_used_at: at(used),
              revoked_at: at(revoked),
              ...(revoked !== null && rotated ? { revoked_reason: 'rotated' } : {}),
            }),
          ),
        );
        await service.store.consents.insertMany(
          granted.map(({ revoked, ...consent }) => consentRow({ ...consent, revoked_at: at(revoked) })),
        );
        const named = places.map((place) => {
          const row = tokenRow(rows[place % rows.length]);
          return encodeGrantId({ ...PAGE_GRANT, ...row, resource: PAGE_GRANT.resource, account_id });
        });
        const filters = {
          ids: undefined,
          account: { account_id },
          client: { client_id: 'c1' },
          user: { user_id: 'u1' },
          'project and client': { project_id: 'p1', client_id: 'c2' },
        }[by];
        const narrowed = {
          ...filters,
          ...(status && { status }),
          ...(unused && { unused_since: day(service, unused).toISOString() }),
        };
        const selection = filters ? narrowed : { grant_ids: named };
        const before = await snapshot();
        const made = await preview({ ...selection, include_consent });
        expect(made.status, JSON.stringify(made.body)).toBe(200);
        expect(await snapshot()).toEqual(before);

        const list = new URLSearchParams({ limit: '1', ...narrowed });
        const listed = await service.ask('GET', `/api/v1/oauth-grants?${list}`, { as: admin });
        expect(made.body.grants).toBe(filters ? listed.body.total_count : new Set(named).size);
        if (!include_consent) expect(made.body.consents).toBe(0);

        const executed = await execute(made.body.preview_token);
        expect(executed.body).toEqual({
          revoked_tokens: made.body.tokens,
          revoked_consents: made.body.consents,
        });
        expect(await service.store.revocationPreviewSets.countDocuments()).toBe(0);
      },
    ),
    { numRuns: times(8, 250), seed: 11 },
  );
}, 600_000);
