/**
 * `npm run bench`: what lists, refreshes and revocations cost at 10,000, 100,000 and 1,000,000 rows of one account,
 * compared with simpler ways to the same result and the database driver alone. `-- --quick` uses smaller sizes and
 * takes less than a minute.
 *
 * `-- --people` measures only the lists of users' own consents, `-- --import` only an import by another program.
 *
 * The machine may be noisy, so the ways run in turn, and what counts are the ratios of their medians. A full run writes
 * its tables into docs/performance.md, its figures and a chart beside it; `--out DIR` puts them elsewhere.
 */
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { startEmbeddedMongo } from '../server/src/database/embedded/start.ts';
import { measureImport } from './bench/import.ts';
import { reportImport } from './bench/import-report.ts';
import { giveMemory } from './bench/memory.ts';
import { measurePeople } from './bench/people.ts';
import { reportPeople } from './bench/people-report.ts';
import { report } from './bench/report.ts';
import { type Effort, measureSize, type SizeResult } from './bench/size.ts';
import { progress } from './bench/timing.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    sizes: { type: 'string' },
    people: { type: 'boolean', default: false },
    import: { type: 'boolean', default: false },
  },
});
const out = values.out ?? (values.quick ? undefined : 'docs');
const sizes =
  values.sizes?.split(',').map(Number) ?? (values.quick ? [10_000, 30_000] : [10_000, 100_000, 1_000_000]);
const effort: Effort = values.quick
  ? { rounds: 12, slowRounds: 1, seconds: 1 }
  : { rounds: 60, slowRounds: 3, seconds: 10 };

/** The numbers of consents of the users whose own lists are measured. */
const PEOPLE = values.quick ? [20, 1_000] : [20, 100, 1_000, 20_000];
/** How many rows another program writes while a server runs. */
const IMPORTED = values.quick ? 20_000 : 300_000;

const { MONGODB_URI } = process.env;
const mongo = MONGODB_URI
  ? { uri: MONGODB_URI, engine: 'the MongoDB of MONGODB_URI', stop: async () => {} }
  : await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
if (!MONGODB_URI) await giveMemory(mongo.uri);
try {
  const isAll = !values.people && !values.import;
  if (isAll || values.people) {
    await reportPeople(await measurePeople(mongo.uri, PEOPLE, effort), mongo.engine, out);
  }
  if (isAll || values.import) {
    await reportImport(await measureImport(mongo.uri, IMPORTED), mongo.engine, out);
  }
  const results: SizeResult[] = [];
  for (const size of isAll ? sizes : []) results.push(await measureSize(mongo.uri, size, effort));
  if (results.length > 0) await report(results, mongo.engine, out);
  progress('done');
} finally {
  await mongo.stop();
}
