import { Command } from '@commander-js/extra-typings';
import { pino } from 'pino';
import { startEmbeddedMongo } from '../../server/src/database/embedded/start.ts';
import { wholeNumber } from '../processes/whole-number.ts';
import { measureImport } from './import.ts';
import { reportImport } from './import-report.ts';
import { giveMemory } from './memory.ts';
import { measurePeople } from './people.ts';
import { reportPeople } from './people-report.ts';
import { report } from './report.ts';
import { type Effort, measureSize, type SizeResult } from './size.ts';
import { progress } from './timing.ts';

const values = new Command('npm run bench --')
  .description(
    'Measures what lists, refreshes and revocations cost, compared with simpler ways to the same result and the ' +
      'database driver alone. The ways run in turn: on a noisy machine, what counts are the ratios of their medians.',
  )
  .option('--quick', 'uses smaller sizes, takes about a minute, writes no file')
  .option('--sizes <numbers>', 'refresh tokens of the account, separated by commas', (text) =>
    text.split(',').map((one) => wholeNumber(one)),
  )
  .option('--people', 'measures only the lists of users’ own consents')
  .option('--import', 'measures only an import by another program')
  .addHelpText(
    'after',
    '\nUnless --quick is given, writes its tables into docs/guides/performance.md and all figures into scripts/bench/results.',
  )
  .parse()
  .opts();
const isWritten = !values.quick;
const sizes = values.sizes ?? (values.quick ? [10_000, 30_000] : [10_000, 100_000, 1_000_000]);
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
    await reportPeople(await measurePeople(mongo.uri, PEOPLE, effort), mongo.engine, isWritten);
  }
  if (isAll || values.import) {
    await reportImport(await measureImport(mongo.uri, IMPORTED), mongo.engine, isWritten);
  }
  const results: SizeResult[] = [];
  for (const size of isAll ? sizes : []) results.push(await measureSize(mongo.uri, size, effort));
  if (results.length > 0) await report(results, mongo.engine, isWritten);
  progress('done');
} finally {
  await mongo.stop();
}
