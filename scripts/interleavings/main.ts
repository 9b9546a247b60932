import { spawn } from 'node:child_process';
import { Command } from '@commander-js/extra-typings';
import { wholeNumber } from '../processes/whole-number.ts';

const { runs, seed, mutants } = new Command('npm run test:interleavings --')
  .description(
    'Runs everything that uses the read model in many orders of its commands, and mutants of the protocol.',
  )
  .option('--runs <number>', 'how many schedules', wholeNumber, 300)
  .option('--seed <number>', 'the seed of the first schedule', wholeNumber, 1)
  .option('--no-mutants', 'leaves out the mutants')
  .parse()
  .opts();

const vitest = [
  ...['vitest', 'run', '--project', 'interleavings', '--maxWorkers=1', '--disableConsoleIntercept=true'],
  ...(mutants ? [] : ['interleavings.test.ts']),
];
const env = { ...process.env, TESTS: 'all', INTERLEAVINGS: `${runs}`, SEED: `${seed}` };
spawn('npx', vitest, { env, stdio: 'inherit' }).on('exit', (status) => {
  process.exitCode = status ?? 1;
});
