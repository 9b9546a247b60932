import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RefreshTokenRow } from '../../src/database/collections.ts';
import { times } from '../effort.ts';
import { listing, MINUTE, START, tokens } from '../grants/read-model/histories.ts';
import { useService } from '../service.ts';
import { page } from './lists.ts';

const service = useService({ batchSize: 3 });
const RUNS = Number(process.env.RUNS ?? times(8, 25));

/** Whose grants come, change and go while others stay as they are. */
const RESTLESS = 'u2';

const moment = fc.integer({ min: -4, max: 4 }).map((minutes) => new Date(START + minutes * MINUTE));
const change = fc.record({
  inserted: tokens.map((rows) => rows.slice(0, 2)),
  touched: fc.nat(),
  values: fc.oneof(fc.record({ revoked_at: moment }), fc.record({ last_used_at: moment })),
});
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

async function insert(rows: Partial<RefreshTokenRow>[]): Promise<void> {
  await service.store.refreshTokens.collection.insertMany(rows as never[]);
}

/** What another program does to the restless grants. */
async function apply({ inserted, touched, values }: Change, id: string): Promise<void> {
  await insert(inserted.map((row, index) => ({ ...row, _id: `${id}-${index}`, user_id: RESTLESS })));
  const { collection } = service.store.refreshTokens;
  const rows = await collection.find({ user_id: RESTLESS }).sort({ _id: 1 }).toArray();
  const row = rows[touched % rows.length];
  const update = { $set: { ...values, updated_at: service.now }, $unset: { grouped: '' } } as const;
  if (row) await collection.updateOne({ _id: row._id }, update);
}

it(
  'a list read by cursor has what stays as it is once and in order, whatever becomes of the rest meanwhile',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        tokens,
        fc.array(change, { maxLength: 6 }),
        listing,
        async (rows, changes, { filters, limit, ...order }) => {
          service.now = new Date(START);
          await service.empty();
          await service.store.users.create({ _id: 'u1', name: 'Ada' });
          await insert(rows.map((row, index) => ({ ...row, _id: `t${index}`, updated_at: row.created_at })));
          const query = { ...filters, ...order };
          const before = await page(service, { ...query, limit: 1_000 });

          const shown: { user_id: string; grant_id: string }[] = [];
          let cursor: string | undefined = 'first';
          let pages = 0;
          do {
            const body = await page(service, { ...query, limit, cursor });
            shown.push(...body.grants);
            cursor = body.next_cursor;
            const next = changes[pages];
            if (next) await apply(next, `n${pages}`);
            pages += 1;
          } while (cursor !== undefined);

          const stays = ({ user_id }: { user_id: string }) => user_id !== RESTLESS;
          expect(shown.filter(stays)).toEqual(before.grants.filter(stays));
          // A client's name and a resource stay what they are, and so does a grant's place among them.
          if (order.sort_by === 'client_name' || order.sort_by === 'resource') {
            expect(new Set(shown.map(({ grant_id }) => grant_id)).size).toBe(shown.length);
          }
        },
      ),
      { numRuns: RUNS },
    );
  },
  RUNS * 3_000,
);
