import { randomUUID } from 'node:crypto';
import type { Command } from '@commander-js/extra-typings';
import { readConfig } from '../config.ts';
import { KeptMessages } from '../webhooks/kept.ts';
import { bodyOf } from '../webhooks/message.ts';
import { type Receiver, type ReceiversConfig, readReceivers } from '../webhooks/receivers.ts';
import { send } from '../webhooks/send.ts';
import { ANY_DATABASE, databaseOfEnvironment, withDatabase } from './database.ts';

export function addWebhooks(program: Command): void {
  const webhooks = program
    .command('webhooks')
    .description('Shows what webhooks wait or were given up, sends them again, and tests a receiver.')
    .addHelpText('after', `\nReceivers are those of WEBHOOKS_FILE. Servers may keep running.${ANY_DATABASE}`);
  webhooks
    .command('list')
    .description(
      'Prints the receivers, how many messages wait, how many are dead, and the age of the oldest that waits.',
    )
    .option('--json', 'prints a line of JSON for each receiver')
    .action(list);
  webhooks
    .command('dead')
    .description('Prints each message that was given up as a line of JSON.')
    .option('--receiver <name>', 'only those for this receiver')
    .action(dead);
  webhooks
    .command('replay')
    .description('Has servers send messages again: with the same webhook-id, from the first attempt.')
    .option('--receiver <name>', 'only those for this receiver')
    .option('--id <id...>', 'messages by their webhook-id, dead or delivered; may be repeated')
    .option('--all', 'all dead ones')
    .action(replay);
  webhooks
    .command('test')
    .description('Sends a message of the type webhook.test to a receiver, and prints how it answered.')
    .argument('<name>', "the receiver's name in WEBHOOKS_FILE")
    .addHelpText('after', '\nNeeds no database. It is sent once, from here.')
    .action(test);
}

/** Where receivers are configured; no other variable is read. */
function configOfEnvironment(): ReceiversConfig {
  const { WEBHOOKS_FILE, WEBHOOKS_ALLOW_PRIVATE, NODE_ENV } = process.env;
  return { ...readConfig({ WEBHOOKS_FILE, WEBHOOKS_ALLOW_PRIVATE }), production: NODE_ENV === 'production' };
}

/** @param receiver must be configured, or have messages */
function withMessages<Result>(
  work: (messages: KeptMessages) => Promise<Result>,
  receiver?: string,
): Promise<Result> {
  return withDatabase(databaseOfEnvironment(), async ({ collections }) => {
    const messages = new KeptMessages(collections);
    if (receiver !== undefined && !(await messages.receivers()).includes(receiver)) {
      receiverNamed(receiver, await readReceivers(configOfEnvironment()));
    }
    return work(messages);
  });
}

async function list({ json }: { json?: true | undefined }): Promise<void> {
  const receivers = await readReceivers(configOfEnvironment());
  const held = await withMessages((messages) => messages.holdings());
  const now = Date.now();
  const lines = [
    ...new Set([...receivers.map(({ name }) => name), ...held.map(({ receiver }) => receiver)]),
  ].map((name) => {
    const { url, types } = receivers.find((one) => one.name === name) ?? {};
    const { waiting = 0, dead = 0, oldest = null } = held.find(({ receiver }) => receiver === name) ?? {};
    return {
      receiver: name,
      // A path may be a secret.
      url: url?.origin ?? null,
      types: types ?? null,
      waiting,
      dead,
      oldest_seconds: oldest && Math.max(0, Math.round((now - oldest.getTime()) / 1_000)),
    };
  });
  if (json) for (const line of lines) console.log(JSON.stringify(line));
  else for (const line of table(lines)) console.log(line);
}

interface Line {
  receiver: string;
  url: string | null;
  types: string[] | null;
  waiting: number;
  dead: number;
  oldest_seconds: number | null;
}

function table(lines: Line[]): string[] {
  if (lines.length === 0) return ['there are no receivers: WEBHOOKS_FILE names a file that lists them'];
  const rows = lines.map(({ receiver, url, types, waiting, dead, oldest_seconds }) => [
    receiver,
    String(waiting),
    String(dead),
    oldest_seconds === null ? '-' : `${oldest_seconds} s`,
    url ?? 'not in WEBHOOKS_FILE',
    url === null ? '' : (types?.join(', ') ?? 'all types'),
  ]);
  const all = [['receiver', 'waiting', 'dead', 'oldest', 'url', 'types'], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const isNumber = (column: number) => column > 0 && column < 4;
  return all.map((row) =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

async function dead({ receiver }: { receiver?: string | undefined }): Promise<void> {
  await withMessages(async (messages) => {
    for await (const message of messages.dead(receiver)) console.log(JSON.stringify(message));
  }, receiver);
}

interface ReplayOptions {
  receiver?: string | undefined;
  id?: string[] | undefined;
  all?: true | undefined;
}

async function replay({ receiver, id: ids, all }: ReplayOptions): Promise<void> {
  if (!ids === !all)
    throw new Error('say which messages: --id with their webhook-id, or --all for all dead ones');
  const which = ids ? { receiver, ids } : { receiver, all: true as const };
  const { count, unknown } = await withMessages((messages) => messages.replay(which, new Date()), receiver);
  if (unknown.length > 0)
    throw new Error(`no message is kept with the id ${unknown.join(', ')}: none is sent again`);
  console.log(`${count} ${count === 1 ? 'message is' : 'messages are'} sent again`);
}

async function test(name: string): Promise<void> {
  const config = configOfEnvironment();
  const receiver = receiverNamed(name, await readReceivers(config));
  const at = new Date();
  const message = { id: `msg_${randomUUID()}`, body: bodyOf('webhook.test', at, { receiver: name }) };
  const outcome = await send(receiver, message, { allowPrivate: config.webhooksAllowPrivate, at });
  if (!outcome.delivered) throw new Error(`${name} did not take the message: ${outcome.error}`);
  console.log(`${name} answered with ${outcome.status} after ${Date.now() - at.getTime()} ms`);
}

function receiverNamed(name: string, receivers: Receiver[]): Receiver {
  const receiver = receivers.find((one) => one.name === name);
  if (receiver) return receiver;
  const names = receivers.map((one) => one.name).join(', ');
  throw new Error(`WEBHOOKS_FILE has no receiver ${name}: ${names ? `it has ${names}` : 'it lists none'}`);
}
