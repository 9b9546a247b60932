import { styleText } from 'node:util';
import type { Command } from '@commander-js/extra-typings';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { connectNamed } from '../database/connecting.ts';
import { findEmbeddedUri } from '../database/open.ts';
import { type CheckReport, examine } from '../doctor/examine.ts';
import { mustFix } from '../doctor/finding.ts';
import { ANY_DATABASE } from './database.ts';

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('Checks a deployment, and says of each finding what it is, why it matters and what to do.')
    .option('--full', 'compares all grants with their rows, not a sample; it reads every row')
    .option('--json', 'prints the report as JSON')
    .addHelpText(
      'after',
      `
Run it where a server runs, with the same variables. Servers may keep running. Exits with 1 if anything must be fixed;
warnings alone are a 0.${ANY_DATABASE}`,
    )
    .action(report);
}

async function report({ full = false, json = false }: { full?: boolean; json?: boolean }): Promise<void> {
  let database: Database | undefined;
  const reports = await examineConfigured(full, async (config) => {
    database = await connect(config);
    return database;
  }).finally(() => database?.close());
  const findings = reports.flatMap((one) => one.findings);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  if (json) console.log(JSON.stringify({ errors, warnings, checks: reports }, undefined, 2));
  else console.log([...reports.flatMap(linesOf), closing(errors, warnings)].join('\n'));
  if (errors > 0) process.exitCode = 1;
}

async function examineConfigured(
  full: boolean,
  connect: (config: Config) => Promise<Database>,
): Promise<CheckReport[]> {
  let config: Config;
  try {
    config = readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [invalid(error)];
  }
  return examine({ config, connect: () => connect(config), clock: () => new Date(), full });
}

function invalid({ message }: ConfigError): CheckReport {
  const finding = mustFix(
    'invalid-configuration',
    message,
    'The server does not start. Nothing else was checked.',
    'Correct the variables: see docs/guides/production.md.',
  );
  return { check: 'configuration', summary: 'wrong', findings: [finding] };
}

async function connect({ mongodbUri, dataDir }: Config): Promise<Database> {
  if (mongodbUri !== undefined) return connectNamed(mongodbUri);
  const uri = await findEmbeddedUri(dataDir);
  if (uri === undefined) throw new Error(`no server runs on ${dataDir}: start one first, or set MONGODB_URI`);
  return connectDatabase(uri);
}

const MARKS = { ok: ['ok', 'green'], warning: ['warning', 'yellow'], error: ['ERROR', 'red'] } as const;
const WIDTH = 9;

function linesOf({ check, summary, findings }: CheckReport): string[] {
  if (findings.length === 0) return [`${mark('ok')}${check}: ${summary}`];
  return findings.flatMap(({ id, severity, found, why, remedy }) => [
    `${mark(severity)}${check}: ${found} [${id}]`,
    `${' '.repeat(WIDTH)}Why: ${why}`,
    `${' '.repeat(WIDTH)}Do:  ${remedy}`,
  ]);
}

function mark(kind: keyof typeof MARKS): string {
  const [text, color] = MARKS[kind];
  return styleText(color, text.padEnd(WIDTH), { stream: process.stdout });
}

function closing(errors: number, warnings: number): string {
  if (errors + warnings === 0) return 'Nothing to fix.';
  return `${errors} to fix, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`;
}
