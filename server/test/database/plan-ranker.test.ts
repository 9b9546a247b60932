import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { some } from '../effort.ts';

/*
 * The engine itself, whatever we ask it today. Where several indexes could serve a query and trying them for a while finds
 * nothing, an engine may fall back on estimating their plans by samples; the embedded one cannot, and fails with code 224.
 * That takes ten thousand documents, a sort that must see all of them, or a filter that nothing matches.
 */

const DOCUMENTS = 12_000;
const FIELDS = ['two', 'three', 'four', 'five', 'seven'] as const;
/** So that a plan is made, proven, and taken from the cache. */
const TIMES = 3;

interface Numbers {
  n: number;
  two: number;
  three: number;
  four: number;
  five: number;
  seven: number;
  seen?: number;
}

let client: mongo.MongoClient;
let numbers: mongo.Collection<Numbers>;
let copies: mongo.Collection;

beforeAll(async () => {
  client = await mongo.MongoClient.connect(inject('mongoUri'));
  const db = client.db(`test-${inject('run')}-${randomUUID()}`);
  numbers = db.collection<Numbers>('numbers');
  copies = db.collection('copies');
  await numbers.insertMany(
    Array.from({ length: DOCUMENTS }, (_, n) => ({
      n,
      two: n % 2,
      three: n % 3,
      four: n % 4,
      five: n % 5,
      seven: n % 7,
    })),
  );
  // Each is as good as the next: one for every field beside `two`, and each the other way round.
  await numbers.createIndexes(
    FIELDS.flatMap((field) =>
      field === 'two' ? [] : [{ key: { two: 1, [field]: 1 } }, { key: { [field]: 1, two: 1 } }],
    ),
  );
});
afterAll(() => client.close());

const SOME = { two: 1, three: 1, four: { $in: [1, 3] } };
const NONE = { ...SOME, n: { $lt: 0 } };
const RANGES = { two: { $gte: 1 }, three: { $lte: 1 }, five: { $in: [1, 2] }, seven: { $ne: 3 } };
const EITHER = {
  $or: [
    { two: 1, three: 1 },
    { two: 1, four: 3 },
    { five: 2, two: 1 },
  ],
};

const filters: [name: string, filter: mongo.Filter<Numbers>][] = [
  ['that matches', SOME],
  ['of ranges', RANGES],
  ['of alternatives', EITHER],
  ['that nothing matches', NONE],
  ['of ranges that nothing matches', { ...RANGES, n: -1 }],
  ['of alternatives that nothing matches', { ...EITHER, n: -1 }],
];

type Work = (filter: mongo.Filter<Numbers>) => Promise<unknown>;
const commands: [name: string, work: Work][] = [
  ['find, sorted', (filter) => numbers.find(filter).sort({ n: -1 }).toArray()],
  ['find, sorted and cut', (filter) => numbers.find(filter).sort({ n: 1 }).skip(5).limit(10).toArray()],
  [
    'find, sorted by two fields',
    (filter) => numbers.find(filter).sort({ seven: 1, n: 1 }).limit(10).toArray(),
  ],
  [
    'find, sorted by an index',
    (filter) => numbers.find(filter).sort({ three: 1, two: 1 }).limit(10).toArray(),
  ],
  ['find, not sorted', (filter) => numbers.find(filter).limit(10).toArray()],
  ['count', (filter) => numbers.countDocuments(filter)],
  ['distinct', (filter) => numbers.distinct('seven', filter)],
  ['update, many', (filter) => numbers.updateMany(filter, { $inc: { seen: 1 } })],
  ['update, one', (filter) => numbers.updateOne(filter, [{ $set: { seen: { $add: ['$n', 1] } } }])],
  [
    'update, the first',
    (filter) => numbers.findOneAndUpdate(filter, { $inc: { seen: 1 } }, { sort: { n: -1 } }),
  ],
  ['delete, of none', (filter) => numbers.deleteMany({ $and: [filter, { n: -2 }] })],
  [
    'aggregate, sorted',
    (filter) => numbers.aggregate([{ $match: filter }, { $sort: { n: 1 } }, { $limit: 9 }]).toArray(),
  ],
  [
    'aggregate, grouped and sorted',
    (filter) =>
      numbers
        .aggregate([{ $match: filter }, { $group: { _id: '$seven', n: { $sum: 1 } } }, { $sort: { n: 1 } }])
        .toArray(),
  ],
  [
    'aggregate, joined',
    (filter) => {
      const join = { from: 'numbers', localField: 'n', foreignField: 'three', as: 'other' };
      const same = [{ $match: filter }, { $sort: { n: 1 } }, { $limit: 1 }];
      return numbers.aggregate([...same, { $lookup: { ...join, pipeline: same } }]).toArray();
    },
  ],
  [
    'aggregate, merged',
    (filter) =>
      numbers
        .aggregate([{ $match: filter }, { $sort: { n: 1 } }, { $merge: { into: copies.collectionName } }])
        .toArray(),
  ],
  [
    'aggregate, with facets',
    (filter) =>
      numbers
        .aggregate([{ $match: filter }, { $facet: { a: [{ $sort: { n: 1 } }, { $limit: 1 }] } }])
        .toArray(),
  ],
  ['explain', (filter) => numbers.find(filter).sort({ n: 1 }).explain('executionStats')],
];

describe.each(some(commands, 5))('%s', (_name, work) => {
  it.each(filters)('works however many indexes could serve a filter %s', async (_filter, filter) => {
    for (let time = 0; time < TIMES; time += 1) await work(filter);
  });
});

it('finds what is there whichever plan it takes', async () => {
  const expected = Array.from({ length: DOCUMENTS }, (_, n) => n).filter((n) => n % 2 === 1 && n % 3 === 1);
  const found = await numbers.find(SOME).sort({ n: 1 }).toArray();
  expect(found.map(({ n }) => n)).toEqual(expected);
});
