/**
 * `npm run test:faults`: makes calls that revoke, by every operation, while servers and engine are killed, connections cut
 * and bytes held; then compares the database and the API with what every caller was told, and with the webhooks that two
 * receivers took.
 */
import { Command } from '@commander-js/extra-typings';
import { progress } from '../bench/timing.ts';
import { wholeNumber } from '../processes/whole-number.ts';
import { check } from './checker/check.ts';
import { isOpen, isSuccess } from './history.ts';
import { run } from './run.ts';

/** How much is shown of what servers logged. */
const MAX_ERRORS = 10;
const MAX_LENGTH = 3_000;

const { runs, seed } = new Command('npm run test:faults --')
  .description(
    'Revokes and previews on two servers and one engine, which are killed, cut off and delayed at random, and checks that ' +
      'what every caller was told is what was done, and what receivers of webhooks were sent. Prints each fault, and exits ' +
      'with 1 if there is any.',
  )
  .option('--runs <number>', 'how many calls', wholeNumber, 1_000)
  .option('--seed <number>', 'where the random numbers begin', wholeNumber, 1)
  .parse()
  .opts();

const { history, snapshot, errors } = await run({ runs, seed, faults: true, onProgress: progress });
const found = check(history, snapshot);
const { calls, faults, receipts } = history;
const told = {
  answered: calls.filter(isSuccess).length,
  refused: calls.filter((call) => !isSuccess(call) && !isOpen(call)).length,
  told_nothing: calls.filter(isOpen).length,
};
console.log(
  `${calls.length} calls from seed ${seed}: ${JSON.stringify({ ...told, events: snapshot.events.length, webhooks: receipts.length })}`,
);
const counts: Record<string, number> = {};
for (const { name } of faults) counts[name] = (counts[name] ?? 0) + 1;
console.log(JSON.stringify(counts));
for (const fault of found) console.log(`  ${fault}`);
for (const error of errors.slice(0, MAX_ERRORS)) console.log(error.slice(0, MAX_LENGTH));
console.log(`${found.length} faults`);
process.exitCode = found.length > 0 ? 1 : 0;
