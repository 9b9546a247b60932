import { mongo } from 'mongoose';
import type { Service } from './service.ts';

/** What is sent to the database. */
export type Command = Record<string, unknown>;

/** JSON that takes what BSON does. */
export const show = (value: unknown) => mongo.BSON.EJSON.stringify(value);

/** Everything that was asked of a service's database while something ran. */
export async function commandsOf(service: Service, run: () => Promise<unknown>): Promise<Command[]> {
  const client = service.store.users.db.getClient();
  const commands: Command[] = [];
  const listen = ({ command }: { command: Command }) => commands.push(command);
  client.on('commandStarted', listen);
  await run();
  client.off('commandStarted', listen);
  return commands;
}

/** The statements of a command, each as `explain` takes it. */
export function statementsOf({
  lsid: _,
  $db: __,
  writeConcern: ___,
  ordered: ____,
  txnNumber: _____,
  ...command
}: Command): Command[] {
  if ('getMore' in command || 'insert' in command) return [];
  const { updates, ...update } = command;
  return Array.isArray(updates) ? updates.map((one) => ({ ...update, updates: [one] })) : [command];
}

export interface Explained {
  /** Whether a collection is read without an index. */
  scans: boolean;
  /** Whether anything is sorted in memory. */
  sorts: boolean;
  /** How many documents are read. */
  examined: number;
}

/** What the database does for a statement. */
export async function explain(service: Service, statement: Command): Promise<Explained> {
  const { db } = service.store.users.db;
  const text = show(await db?.command({ explain: statement, verbosity: 'executionStats' }));
  const numbersOf = (name: string) =>
    [...text.matchAll(new RegExp(`"${name}":"?(\\d+)`, 'g'))].map(([, digits]) => Number(digits));
  return {
    scans: /"stage":"COLLSCAN"/.test(text) || numbersOf('collectionScans').some((scans) => scans > 0),
    sorts: /"stage":"(SORT|sort)"|"\$sort"/.test(text),
    examined: Math.max(0, ...numbersOf('totalDocsExamined')),
  };
}
