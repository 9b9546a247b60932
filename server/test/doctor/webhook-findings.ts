import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Service } from '../service.ts';
import { newSecret } from '../webhooks/receiving.ts';
import type { Case } from './case.ts';

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** A message in the outbox, written so many minutes ago. */
export function messageRow(minutes: number, values: object) {
  return {
    _id: `crm/msg_${minutes}`,
    receiver: 'crm',
    id: `msg_${minutes}`,
    number: minutes,
    type: 'grant.revoked',
    key: 'grant',
    body: '{}',
    attempts: 3,
    numbered_at: ago(minutes),
    expire_at: ago(-60),
    ...values,
  };
}

/** A finished event, not in the outbox since so many minutes. */
export function eventRow(minutes: number) {
  const at = ago(minutes);
  return { _id: `event-${minutes}` as never, at, action: 'revoke', finished_at: at, unsent: true };
}

/** A file of receivers, which ends with the test. */
async function listing(...receivers: object[]) {
  const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const WEBHOOKS_FILE = join(folder, 'receivers.json');
  await writeFile(WEBHOOKS_FILE, JSON.stringify(receivers));
  return { WEBHOOKS_FILE };
}

const receiver = (name: string, ...secrets: string[]) => ({ name, url: `https://${name}.example/`, secrets });

async function registered({ store }: Service) {
  const crm = { since: new Date(0), seen: new Date(), types: [] };
  await store.webhookState.create({ _id: 'outbox', receivers: { crm } });
}

/** What can be wrong with webhooks. */
export const WEBHOOK_CASES: Case[] = [
  {
    id: 'webhook-receivers-wrong',
    arrange: () => ({ WEBHOOKS_FILE: '/nowhere/receivers.json' }),
  },
  {
    id: 'webhook-receivers-wrong',
    how: 'a secret is short',
    arrange: () => listing(receiver('crm', 'whsec_c2hvcnQ=')),
  },
  {
    id: 'webhook-secret-shared',
    arrange: () => {
      const secret = newSecret();
      return listing(receiver('crm', secret), receiver('siem', newSecret(), secret));
    },
  },
  {
    id: 'webhooks-dead',
    arrange: async (service) => {
      await service.store.webhookMessages.create(messageRow(1, { state: 'dead' }));
      return { MONGODB_URI: service.uri };
    },
  },
  {
    id: 'webhooks-late',
    arrange: async (service) => {
      await registered(service);
      await service.store.webhookMessages.create(messageRow(16, { state: 'waiting' }));
      return { MONGODB_URI: service.uri };
    },
  },
  {
    id: 'webhooks-late',
    how: 'the receiver was removed',
    arrange: async (service) => {
      await service.store.webhookMessages.create(messageRow(16, { state: 'waiting' }));
      return { MONGODB_URI: service.uri };
    },
  },
  {
    id: 'webhooks-unwritten',
    arrange: async (service) => {
      await registered(service);
      await service.store.auditEvents.collection.insertOne(eventRow(6));
      return { MONGODB_URI: service.uri };
    },
  },
];
