import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { times } from '../../effort.ts';
import { Service, useService } from '../../service.ts';
import { grantsOf, isInOrder, matches, type ReferenceGrant } from '../reference.ts';
import { expectNoDifference, listAll, readStore, take } from './actors.ts';
import {
  ACCOUNTS,
  account_id,
  concurrentStep,
  type Listing,
  listing,
  START,
  step,
  tokens,
} from './histories.ts';

// Small batches, so that there are several.
const service = useService({ batchSize: 2 });
const other = new Service({ batchSize: 3 });
const services = [service, other];
const RUNS = Number(process.env.RUNS ?? times(4, 25));
beforeAll(() => other.start([], service.uri));
afterAll(() => other.stop());

async function fill(rows: typeof tokens extends fc.Arbitrary<infer Rows> ? Rows : never): Promise<void> {
  for (const each of services) {
    each.now = new Date(START);
    each.writing = undefined;
  }
  await service.empty();
  const written = rows.map((row, index) => ({ ...row, _id: `t${index}`, updated_at: row.created_at }));
  await service.store.refreshTokens.collection.insertMany(written as never[]);
}

/** What a list holds when it is read whole is what the rows say, name by name. */
async function expectLists(): Promise<void> {
  const expected = grantsOf(await readStore(service), service.now);
  for (const account of ACCOUNTS) {
    const ofAccount = expected.filter(({ account_id }) => account_id === account);
    for (const each of services) {
      const { grants, total_count } = await listAll(each, { status: 'all' }, 1_000, account);
      expect(byId(grants)).toEqual(byId(ofAccount));
      expect(total_count).toBe(ofAccount.length);
    }
  }
}

async function expectModel(): Promise<void> {
  for (const each of services) await expectNoDifference(each.model);
}

async function expectListing({ filters, status, sort_by, sort_order, limit }: Listing): Promise<void> {
  const expected = grantsOf(await readStore(service), service.now).filter(
    (grant) => grant.account_id === account_id && matches(grant, filters, status),
  );
  const query = { ...filters, status, sort_by, sort_order };
  const { grants, total_count } = await listAll(other, query, limit);
  expect(total_count).toBe(expected.length);
  expect(byId(grants)).toEqual(byId(expected));
  for (const [index, grant] of grants.entries()) {
    const next = grants[index + 1];
    if (next) expect(isInOrder(grant, next, sort_by, sort_order), `${sort_by} at ${index}`).toBe(true);
  }
}

const byId = (grants: ReferenceGrant[]) => grants.toSorted((a, b) => (a.grant_id < b.grant_id ? -1 : 1));

it(
  'is what the rows say after every step of any history, for two services on one database',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        tokens,
        fc.array(step, { minLength: 1, maxLength: 8 }),
        listing,
        async (rows, steps, page) => {
          await fill(rows);
          for (const taken of steps) {
            await take(taken, services);
            await expectLists();
            await expectModel();
          }
          await expectListing(page);
        },
      ),
      { numRuns: RUNS },
    );
  },
  60_000 + RUNS * 10_000,
);

it(
  'is what the rows say after whatever happened at the same time',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        tokens,
        fc.array(concurrentStep, { minLength: 2, maxLength: 8 }),
        async (rows, steps) => {
          await fill(rows);
          await service.ask('GET', '/healthz');
          await Promise.all(steps.map((taken) => take(taken, services)));
          for (const each of services) each.now = new Date(service.now.getTime() + 1);
          await expectLists();
          await expectModel();
        },
      ),
      { numRuns: RUNS },
    );
  },
  60_000 + RUNS * 10_000,
);
