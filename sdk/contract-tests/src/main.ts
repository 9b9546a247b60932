#!/usr/bin/env node
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { DOCUMENTS, fits } from './documents.ts';
import { junitOf, textOf } from './reports.ts';
import { CannotRun, runContractTests } from './run.ts';

const EXIT_DIFFERENCES = 1;
const EXIT_CANNOT_RUN = 2;

const program = new Command('contract-tests')
  .description(
    'Tests whether a server does what the contracts of Grantkeeper say. Sends only GET by default.',
  )
  .requiredOption('--url <address>', "the server's address, such as https://api.example.com", httpAddress)
  .addOption(
    new Option('--token <token>', 'the access token, for every document that --inputs names none for').env(
      'CONTRACT_TESTS_TOKEN',
    ),
  )
  .option('--inputs <file>', 'JSON with more tokens and ids, by name: see the README')
  .addOption(
    new Option('--document <name...>', 'which documents; by default all that the server answers').choices(
      DOCUMENTS,
    ),
  )
  .option(
    '--allow-writes',
    'also sends POST, DELETE and others: they revoke grants and change what applications may ask for',
  )
  .option('--demo-data', "the server has the demo's data, so run the workflows that need it")
  .option('--requests <number>', 'how many generated requests', wholeNumber, 500)
  .option('--seed <number>', 'where the random numbers begin', wholeNumber, 1)
  .option('--timeout <seconds>', 'how long an answer may take', fromOne, 10)
  .option('--only <text>', 'runs only the cases whose name has this text')
  .option('--junit <file>', 'also writes the results as JUnit XML')
  .addHelpText('after', '\nExits with 0 if nothing differs, 1 if something does, and 2 if it cannot run.')
  .exitOverride();

function httpAddress(text: string): string {
  const isHttp = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isHttp) throw new InvalidArgumentError('Give an address that begins with http:// or https://.');
  return text;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function fromOne(text: string): number {
  if (Number(text) < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return wholeNumber(text);
}

/** Reads the file of inputs: an object of strings. */
async function readInputs(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CannotRun(`${file} cannot be read`);
  });
  const inputs = inputsOf(text);
  if (!inputs) throw new CannotRun(`${file} is not a JSON object whose values are strings`);
  return inputs;
}

function inputsOf(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObjectOfStrings(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObjectOfStrings(value: unknown): value is Record<string, string> {
  return fits({ type: 'object', additionalProperties: { type: 'string', minLength: 1 } }, value);
}

/** Writes a file, and the folders above it that are not there yet. */
async function writeResults(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

async function main(): Promise<number> {
  const { url, token, inputs, document, allowWrites, demoData, requests, seed, only, timeout, junit } =
    program.parse().opts();
  const cases = await runContractTests({
    url,
    token,
    requests,
    seed,
    inputs: inputs === undefined ? {} : await readInputs(inputs),
    ...(document ? { documents: document } : {}),
    allowWrites: allowWrites ?? false,
    hasDemoData: demoData ?? false,
    timeoutMs: timeout * 1_000,
    ...(only === undefined ? {} : { only: new RegExp(escaped(only), 'i') }),
  });
  process.stdout.write(textOf(cases));
  if (junit !== undefined) {
    await writeResults(junit, junitOf(cases)).catch((error: Error) => {
      throw new CannotRun(`the results cannot be written: ${error.message}`);
    });
  }
  return cases.some(({ differences }) => differences.length > 0) ? EXIT_DIFFERENCES : 0;
}

// A reader that has seen enough, such as head, closes the pipe. The exit code is that of the run.
process.stdout.on('error', () => {});
try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_CANNOT_RUN;
  } else if (error instanceof CannotRun) {
    process.stderr.write(`contract-tests: ${error.message}\n`);
    process.exitCode = EXIT_CANNOT_RUN;
  } else {
    // A fault of this program says nothing about the server.
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = EXIT_CANNOT_RUN;
  }
}
