import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { readArguments } from './arguments.ts';

const USAGE = 'npm run test:interleavings -- [--runs 300] [--seed 1] [--mutants | --no-mutants]';

/** The options: seeded schedules of everything that uses the read model, and whether mutants of it are caught. */
function readOptions() {
  const options = {
    runs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options, allowNegative: true });
  for (const name of ['runs', 'seed'] as const) {
    if (!/^[1-9]\d{0,8}$/.test(values[name])) throw new Error(`--${name} must be a whole number from 1`);
  }
  return { ...values, mutants: values.mutants ?? values.runs !== '1' };
}

async function runInterleavings(): Promise<void> {
  const { runs, seed, mutants } = readArguments(USAGE, readOptions);
  const folder = 'server/test/grants/interleavings';
  const files = mutants ? [folder] : [`${folder}/interleavings.test.ts`];
  const vitest = [
    'vitest',
    'run',
    '--project',
    'server',
    '--maxWorkers=1',
    '--disableConsoleIntercept=true',
    ...files,
  ];
  const env = { ...process.env, INTERLEAVINGS: runs, SEED: seed };
  const child = spawn('npx', vitest, { env, stdio: 'inherit' });
  child.on('exit', (status) => {
    process.exitCode = status ?? 1;
  });
}

await runInterleavings().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
