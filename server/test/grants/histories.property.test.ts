import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsentRow, RefreshTokenRow } from '../../src/database/collections.ts';
import { times } from '../effort.ts';
import { PAGE_GRANT } from '../rows.ts';
import { useService } from '../service.ts';
import {
  type Filters,
  grantsOf,
  isInOrder,
  isIssuedBefore,
  matches,
  type ReferenceGrant,
  revoke,
  rowsByGrant,
  SORT_FIELDS,
  type Status,
  type Store,
} from './reference.ts';

const service = useService();
const START = new Date('2026-06-01T12:00:00.000Z').getTime();
const MINUTE = 60_000;
const { account_id } = PAGE_GRANT;
const admin = { sub: 'admin', account_id, permissions: ['account:admin'] };

// Few values each, so that rows often meet in one grant, share sort keys and expire exactly now.
const moment = fc.integer({ min: -4, max: 4 }).map((minutes) => new Date(START + minutes * MINUTE));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 2 });
const values = fc.record({
  client_id: fc.constantFrom('c1', 'c2', 'C1'),
  user_id: fc.constantFrom('u1', 'u2'),
  account_id: fc.constant(account_id),
  project_id: fc.constantFrom('p1', 'p2'),
  resource: fc.constantFrom('r1', 'r2'),
  scope: fc.array(fc.constantFrom('a', 'b', 'B'), { maxLength: 4 }),
});

type Values = typeof values extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** The same set, written another way. */
const shuffledScope = ({ scope }: Values) =>
  fc
    .tuple(fc.shuffledSubarray(scope, { minLength: scope.length }), fc.subarray(scope))
    .map(([all, again]) => [...all, ...again]);

/** A row of one of some grants, so that most grants have several. */
const refreshTokenOf = (grants: Values[]): fc.Arbitrary<Omit<RefreshTokenRow, '_id'>> =>
  fc.constantFrom(...grants).chain((grant) =>
    fc
      .record({
        scope: shuffledScope(grant),
        consent_id: maybe(fc.constantFrom('k0', 'k1', 'k2', 'no-such-consent')),
        created_at: moment,
        last_used_at: maybe(moment),
        expires_at: maybe(moment),
        revoked_at: fc.option(moment, { freq: 2 }),
        updated_at: moment,
      })
      .map((row) => ({ ...grant, ...row })),
  );
const refreshToken = values.chain((grant) => refreshTokenOf([grant]));

const consent: fc.Arbitrary<Omit<ConsentRow, '_id'>> = fc
  .tuple(
    values,
    fc.record({
      granted_at: moment,
      updated_at: moment,
      expires_at: maybe(moment),
      revoked_at: maybe(moment),
    }),
  )
  .map(([grant, row]) => ({ ...grant, user_id: 'u1', ...row }));

/** A store of one account, where consents and the users who gave them fit together. */
const store: fc.Arbitrary<Store> = fc.array(values, { minLength: 1, maxLength: 6 }).chain(storeOf);

function storeOf(grants: Values[]): fc.Arbitrary<Store> {
  return fc
    .record({
      refreshTokens: fc.array(refreshTokenOf(grants), { minLength: 1, maxLength: 25 }),
      consents: fc.array(consent, { maxLength: 3 }),
      clients: fc.subarray([
        { _id: 'c1', name: 'élan', is_first_party: true },
        { _id: 'C1', name: 'Elan', is_first_party: false },
        { _id: 'c2', name: 'Zed', is_first_party: false },
      ]),
      users: fc.subarray([{ _id: 'u1', name: 'Ada', email: 'ada@x.example' }, { _id: 'u2' }]),
    })
    .map(({ refreshTokens, consents, clients, users }) => ({
      refreshTokens: refreshTokens.map((row, index) => ({
        ...row,
        _id: `t${index}`,
        consent_id: row.user_id === 'u1' ? (row.consent_id ?? null) : null,
      })),
      consents: consents.map((row, index) => ({ ...row, _id: `k${index}` })),
      clients,
      users,
    }));
}

const filters: fc.Arbitrary<Filters> = fc.record(
  {
    account_id: fc.constant(account_id),
    project_id: fc.constantFrom('p1', 'p2', 'p3'),
    user_id: fc.constantFrom('u1', 'u2'),
    client_id: fc.constantFrom('c1', 'c2', 'C1'),
    resource: fc.constantFrom('r1', 'r2'),
    unused_since: fc.integer({ min: -5, max: 0 }).map((at) => new Date(START + at * MINUTE).toISOString()),
  },
  { requiredKeys: [] },
);
const status = fc.constantFrom<Status>('active', 'expired', 'revoked', 'all');
const sorting = fc.record({
  sort_by: fc.constantFrom(...SORT_FIELDS),
  sort_order: fc.constantFrom<'asc' | 'desc'>('asc', 'desc'),
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('rotate' as const), row: fc.nat(), next: refreshToken }),
  fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('revoke one' as const), grant: fc.nat(), include_consent: fc.boolean() }),
  fc.record({
    kind: fc.constant('revoke some' as const),
    grants: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
    include_consent: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('revoke matching' as const),
    filters: filters.filter((chosen) => Object.keys(chosen).some((name) => name !== 'unused_since')),
    status,
    include_consent: fc.boolean(),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never;

async function fill({ refreshTokens, consents, clients, users }: Store): Promise<void> {
  service.now = new Date(START);
  await service.empty();
  await service.store.refreshTokens.collection.insertMany(refreshTokens as never[]);
  if (consents.length > 0) await service.store.consents.insertMany(consents);
  if (clients.length > 0) await service.store.clients.insertMany(clients);
  if (users.length > 0) await service.store.users.insertMany(users);
}

async function list(query: Record<string, string>) {
  const search = new URLSearchParams(query);
  const { status, body } = await service.ask('GET', `/api/v1/oauth-grants?${search}`, { as: admin });
  expect(status).toBe(200);
  return body as { grants: ReferenceGrant[]; total_count: number };
}

const byId = (grants: ReferenceGrant[]) => grants.toSorted((a, b) => (a.grant_id < b.grant_id ? -1 : 1));

describe('random stores', () => {
  it('hold many grants of several rows, and some whose rows name several consents', () => {
    const grants = fc
      .sample(store, { numRuns: 300, seed: 1 })
      .flatMap((rows) => [...rowsByGrant(rows).values()]);
    const several = grants.filter((family) => family.length > 1);
    const consented = grants.filter(
      (family) => new Set(family.flatMap(({ consent_id }) => consent_id ?? [])).size > 1,
    );
    expect(several.length / grants.length).toBeGreaterThan(0.5);
    expect(consented.length / grants.length).toBeGreaterThan(0.05);
  });

  it('are grouped, dated and given a status as the reference does, under any filter', async () => {
    await fc.assert(
      fc.asyncProperty(store, filters, status, async (rows, chosen, wanted) => {
        await fill(rows);
        const expected = grantsOf(rows, service.now).filter((grant) => matches(grant, chosen, wanted));
        const { grants, total_count } = await list({ ...chosen, status: wanted });
        expect(byId(grants)).toEqual(byId(expected));
        expect(total_count).toBe(expected.length);
      }),
      { numRuns: times(8, 150) },
    );
  });

  it('are paged in a total order: every grant once, in its place, under any sorting and page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        store,
        sorting,
        fc.integer({ min: 1, max: 5 }),
        async (rows, { sort_by, sort_order }, limit) => {
          await fill(rows);
          const paged: ReferenceGrant[] = [];
          for (let offset = 0; ; offset += limit) {
            const { grants, total_count } = await list({
              status: 'all',
              sort_by,
              sort_order,
              limit: `${limit}`,
              offset: `${offset}`,
            });
            expect(total_count).toBe(rowsByGrant(rows).size);
            expect(grants.length).toBe(Math.max(0, Math.min(limit, total_count - offset)));
            if (grants.length === 0) break;
            paged.push(...grants);
          }
          expect(byId(paged)).toEqual(byId(grantsOf(rows, service.now)));
          for (const [index, grant] of paged.entries()) {
            const next = paged[index + 1];
            if (next)
              expect(isInOrder(grant, next, sort_by, sort_order), `${sort_by} at ${index}`).toBe(true);
          }
        },
      ),
      { numRuns: times(8, 80) },
    );
  });

  it('end up as in the reference after any history of rotations, revocations and passing time', async () => {
    await fc.assert(
      fc.asyncProperty(store, fc.array(step, { minLength: 1, maxLength: 6 }), async (rows, steps) => {
        await fill(rows);
        for (const [index, taken] of steps.entries()) {
          await take(rows, taken, index);
          const { grants } = await list({ status: 'all' });
          expect(byId(grants), taken.kind).toEqual(byId(grantsOf(rows, service.now)));
        }
        const consents = await service.store.consents.find().sort({ _id: 1 }).lean();
        expect(consents.map(({ revoked_at }) => revoked_at ?? null)).toEqual(
          rows.consents.map(({ revoked_at }) => revoked_at ?? null),
        );
      }),
      { numRuns: times(8, 80) },
    );
  }, 120_000);
});

/** Takes one step of a history, in the service and in the reference, and compares what it answers. */
async function take(rows: Store, taken: Step, index: number): Promise<void> {
  const grantIds = [...rowsByGrant(rows).keys()];
  const grantAt = (position: number) => grantIds[position % grantIds.length] ?? '';
  switch (taken.kind) {
    case 'wait':
      service.now = new Date(service.now.getTime() + taken.minutes * MINUTE);
      return;
    case 'rotate':
      return rotate(rows, rows.refreshTokens[taken.row % rows.refreshTokens.length], taken.next, `r${index}`);
    case 'revoke one': {
      const path = `/api/v1/oauth-grants/${grantAt(taken.grant)}?include_consent=${taken.include_consent}`;
      const { body } = await service.ask('DELETE', path, { as: admin });
      expect(body).toEqual(revoke(rows, [grantAt(taken.grant)], taken.include_consent, service.now));
      return;
    }
    case 'revoke some': {
      const grant_ids = taken.grants.map(grantAt);
      const { include_consent } = taken;
      expect(await revokeInBulk({ grant_ids, include_consent })).toEqual(
        revoke(rows, grant_ids, include_consent, service.now),
      );
      return;
    }
    case 'revoke matching': {
      const { kind: _, ...body } = taken;
      const { filters, ...rest } = body;
      const { unused_since: since } = filters;
      const chosen = grantsOf(rows, service.now)
        .filter((grant) => matches(grant, filters, taken.status))
        .filter((grant) => since === undefined || isIssuedBefore(rows, grant, since));
      expect(await revokeInBulk({ ...filters, ...rest })).toEqual(
        revoke(
          rows,
          chosen.map(({ grant_id }) => grant_id),
          taken.include_consent,
          service.now,
        ),
      );
    }
  }
}

async function revokeInBulk(body: object): Promise<unknown> {
  const answer = await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

/** What an authorization server does: the row used is revoked, its grant gets a new one. */
async function rotate(
  rows: Store,
  used: RefreshTokenRow | undefined,
  next: Omit<RefreshTokenRow, '_id'>,
  _id: string,
) {
  if (!used) return;
  const { client_id, user_id, account_id, project_id, resource, scope, consent_id = null } = used;
  const row = { ...next, client_id, user_id, account_id, project_id, resource, scope, consent_id, _id };
  used.revoked_at ??= service.now;
  rows.refreshTokens.push(row);
  const update = { $set: { revoked_at: used.revoked_at }, $unset: { grouped: '' } } as const;
  await service.store.refreshTokens.collection.updateOne({ _id: used._id as never }, update);
  await service.store.refreshTokens.collection.insertOne(row as never);
}
