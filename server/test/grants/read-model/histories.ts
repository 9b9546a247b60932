import fc from 'fast-check';
import type { ConsentRow, RefreshTokenRow } from '../../../src/database/collections.ts';
import { PAGE_GRANT } from '../../rows.ts';
import { type Filters, SORT_FIELDS, type Status } from '../reference.ts';

/*
 * What may happen to a store that two services serve: writes by other programs, requests, the clock. Few values each,
 * so that rows often meet in one grant, share sort keys and expire exactly now.
 */

export const START = new Date('2026-06-01T12:00:00.000Z').getTime();
export const MINUTE = 60_000;
export const { account_id } = PAGE_GRANT;
export const ACCOUNTS = [account_id, 'another account'];

const moment = fc.integer({ min: -4, max: 4 }).map((minutes) => new Date(START + minutes * MINUTE));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 2 });
const ids = {
  client_id: fc.constantFrom('c1', 'c2'),
  user_id: fc.constantFrom('u1', 'u2'),
  project_id: fc.constantFrom('p1', 'p2'),
  resource: fc.constantFrom('r1', 'r2'),
};
const values = fc.record({
  ...ids,
  account_id: fc.constantFrom(account_id, ...ACCOUNTS),
  scope: fc.constantFrom<string[]>(['a'], ['a', 'b'], ['b', 'a']),
});

const token: fc.Arbitrary<Omit<RefreshTokenRow, '_id' | 'updated_at'>> = fc
  .tuple(
    values,
    fc.record({
      consent: fc.constantFrom('k0', 'k1', null),
      created_at: moment,
      last_used_at: maybe(moment),
      expires_at: maybe(moment),
      revoked_at: fc.option(moment, { freq: 2 }),
    }),
  )
  .map(([grant, { consent, ...row }]) => ({
    ...grant,
    ...row,
    consent_id: consent && `${consent} of ${grant.user_id}`,
  }));

const consent: fc.Arbitrary<Omit<ConsentRow, 'updated_at'>> = fc
  .tuple(values, fc.constantFrom('k0', 'k1'), moment)
  .map(([grant, name, granted_at]) => ({
    ...grant,
    _id: `${name} of ${grant.user_id}`,
    granted_at,
    expires_at: null,
    revoked_at: null,
  }));

const change: fc.Arbitrary<Partial<RefreshTokenRow>> = fc.oneof(
  fc.record({ last_used_at: moment }),
  fc.record({ expires_at: maybe(moment) }),
  fc.record({ revoked_at: maybe(moment) }),
);

const filters: fc.Arbitrary<Filters> = fc
  .record({ account_id: fc.constant(account_id), ...ids }, { requiredKeys: [] })
  .filter((chosen) => Object.keys(chosen).length > 0);
const status = fc.constantFrom<Status>('active', 'active', 'expired', 'revoked', 'all');

/** Seconds by which a writer's clock is off. */
const skew = fc.integer({ min: -4, max: 4 });

const kind = <Kind extends string>(name: Kind) => fc.constant(name);

const write = fc.oneof(
  fc.record({ kind: kind('insert'), token, updated_at: fc.option(moment) }),
  fc.record({ kind: kind('update'), row: fc.nat(), change, skew }),
  fc.record({ kind: kind('rotate'), row: fc.nat(), expires_at: maybe(moment), skew }),
  fc.record({ kind: kind('consent'), consent, skew }),
);
const request = fc.oneof(
  fc.record({ kind: kind('revoke one'), grant: fc.nat(), include_consent: fc.boolean() }),
  fc.record({ kind: kind('revoke some'), grants: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: kind('revoke matching'), filters, status, include_consent: fc.boolean() }),
  fc.record({ kind: kind('revoke consent'), consent: fc.nat() }),
  fc.record({ kind: kind('list') }),
);
const upkeep = fc.oneof(
  fc.record({ kind: kind('purge'), minutes: fc.integer({ min: -2, max: 3 }) }),
  fc.record({ kind: kind('rebuild') }),
);
const name = fc.constantFrom('Ada', 'ada', 'Élan', 'Zed', null);
const rename = fc.record({ kind: kind('rename'), who: fc.constantFrom('c1', 'c2', 'u1', 'u2'), name });
const time = fc.record({ kind: kind('time'), minutes: fc.integer({ min: -2, max: 3 }) });

export type Write = Sample<typeof write>;
export type Request = Sample<typeof request>;
export type Upkeep = Sample<typeof upkeep>;
export type Step = { service: number } & (
  | Write
  | Request
  | Upkeep
  | Sample<typeof rename>
  | Sample<typeof time>
);
type Sample<Drawn> = Drawn extends fc.Arbitrary<infer Value> ? Value : never;

const service = fc.nat(1);

const work = [
  { arbitrary: write, weight: 4 },
  { arbitrary: request, weight: 4 },
  { arbitrary: upkeep, weight: 1 },
];

/** What happens one after the other, and to which service. */
export const step: fc.Arbitrary<Step> = fc
  .tuple(service, fc.oneof(...work, { arbitrary: rename, weight: 1 }, { arbitrary: time, weight: 1 }))
  .map(([service, taken]) => ({ service, ...taken }));

/** What may happen at the same time. */
export const concurrentStep: fc.Arbitrary<Step> = fc
  .tuple(service, fc.oneof(...work))
  .map(([service, taken]) => ({ service, ...taken }));

const unused: fc.Arbitrary<Filters> = fc
  .integer({ min: -5, max: 3 })
  .map((minutes) => ({ unused_since: new Date(START + minutes * MINUTE).toISOString() }));

/** How a list is asked for. */
export const listing = fc.record({
  filters: fc.oneof(
    fc.constant<Filters>({}),
    filters,
    unused,
    fc.tuple(filters, unused).map(([some, more]) => ({ ...some, ...more })),
  ),
  status,
  sort_by: fc.constantFrom(...SORT_FIELDS),
  sort_order: fc.constantFrom<'asc' | 'desc'>('asc', 'desc'),
  limit: fc.integer({ min: 1, max: 4 }),
});
export type Listing = Sample<typeof listing>;

export const tokens = fc.array(token, { minLength: 1, maxLength: 12 });
