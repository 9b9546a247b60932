import type { Config } from '../config.ts';
import type { Database } from '../database/connect.ts';
import { GrantModel } from '../grants/read-model/model.ts';
import { checkClock } from './clocks.ts';
import { checkConfiguration } from './configuration.ts';
import { type Checked, type Finding, mustFix, reasonOf } from './finding.ts';
import { checkIndexes } from './indexes.ts';
import { checkKeys } from './keys.ts';
import { checkModel } from './model.ts';
import { checkMongodb } from './mongodb.ts';
import { checkPublicUrl } from './public-url.ts';
import { checkUnfinished } from './unfinished.ts';
import { checkOutbox, checkReceivers } from './webhooks.ts';

/** The outcome of a check, with its name. */
export interface CheckReport extends Checked {
  check: string;
}

export interface Examination {
  config: Config;
  /** Opens the database; rejects with one error that says what to do. The caller closes it. */
  connect: () => Promise<Database>;
  clock: () => Date;
  /** Whether to compare all grants with their rows. */
  full: boolean;
}

/** Checks a deployment: its configuration, its issuer, its public address, its webhooks and its database. Changes nothing in it. */
export async function examine({ config, connect, clock, full }: Examination): Promise<CheckReport[]> {
  const reports = [
    run('configuration', async () => checkConfiguration(config)),
    run('signing keys', () => checkKeys(config, clock)),
    run('public address', () => checkPublicUrl(config.publicUrl)),
    run('webhook receivers', () => checkReceivers(config)),
  ];
  let database: Database;
  try {
    database = await connect();
  } catch (error) {
    return [
      ...(await Promise.all(reports)),
      { check: 'database', summary: 'out of reach', findings: [outOfReach(error)] },
    ];
  }
  const { collections } = database;
  const model = new GrantModel({ collections, clock });
  // One after another: a comparison under way would make the clocks seem to differ.
  const ofDatabase: CheckReport[] = [];
  for (const [check, work] of [
    ['database', () => checkMongodb(collections)],
    ['clock', () => checkClock(collections, clock)],
    ['indexes', () => checkIndexes(collections)],
    ['unfinished work', () => checkUnfinished(model.store)],
    ['webhooks', () => checkOutbox(collections, clock)],
    ['read model', () => checkModel(model, full)],
  ] as const) {
    ofDatabase.push(await run(check, work));
  }
  return [...(await Promise.all(reports)), ...ofDatabase];
}

async function run(check: string, work: () => Promise<Checked>): Promise<CheckReport> {
  try {
    return { check, ...(await work()) };
  } catch (error) {
    const failed = mustFix(
      'check-failed',
      `the check of the ${check} did not finish (${reasonOf(error)})`,
      'Whatever it would have found is not in this report.',
      'Fix what else is found here, and run this again.',
    );
    return { check, summary: 'not finished', findings: [failed] };
  }
}

function outOfReach(error: unknown): Finding {
  return mustFix(
    'database-out-of-reach',
    reasonOf(error),
    'Without its database, the server answers every request with a 503.',
    'Do what the message says, then run this again: nothing about the database was checked.',
  );
}
