import type { Registry } from 'prom-client';
import type { DatabaseWatch } from '../database/watch.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import { inTime } from '../in-time.ts';
import { sharedFor } from '../shared-for.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { KnownGauge } from './known-gauge.ts';
import { readOutbox, readPending, readUnfinished } from './store-readings.ts';

/** How long a scrape waits for the database, in milliseconds. */
const LIMIT_MS = 2_000;
/** How long what was read is shown again, in milliseconds: several scrapers cost no more than one. */
const KEPT_MS = 5_000;

export interface StoreMetricsOptions {
  model: GrantModel;
  watch: DatabaseWatch;
  /** Undefined if no receivers are configured. */
  webhooks: Webhooks | undefined;
  /** How long what was read is shown again, in milliseconds; 5 seconds by default. */
  keptMs?: number;
}

/**
 * Gauges of what is in the database, each absent while the database cannot say.
 *
 * @returns brings them up to date; takes 2 seconds at most, however the database fares
 */
export function storeMetrics(
  registry: Registry,
  { model, watch, webhooks, keptMs = KEPT_MS }: StoreMetricsOptions,
): () => Promise<void> {
  const parts = [databaseIn(registry, watch), pendingIn(registry, model), unfinishedIn(registry, model)];
  if (webhooks) parts.push(outboxIn(registry, model, webhooks));
  return sharedFor(
    keptMs,
    () => performance.now(),
    async () => {
      await Promise.all(parts.map((read) => read()));
    },
  );
}

function databaseIn(registry: Registry, watch: DatabaseWatch) {
  const gauge = (name: string, help: string) =>
    new KnownGauge(registry, `grantkeeper_database_${name}`, help);
  const up = gauge('up', '1 if the database answers within 2 seconds, otherwise 0.');
  const answer = gauge('answer_seconds', 'How long the database took to say what time it is.');
  const ahead = gauge(
    'clock_ahead_seconds',
    "How far the clock of this machine is ahead of the database's; negative if it is behind.",
  );
  return async () => {
    const { isUp, took, clock } = await watch.look();
    up.show(isUp ? 1 : 0);
    answer.show(took === undefined ? undefined : took / 1_000);
    ahead.show(clock && clock.ahead / 1_000);
  };
}

function pendingIn(registry: Registry, model: GrantModel) {
  const byCollection = (name: string, help: string) =>
    new KnownGauge(registry, `grantkeeper_pending_${name}`, help, ['collection']);
  const counts = byCollection('rows', 'Rows that lists have to take in first, up to 10,000.');
  const ages = byCollection(
    'oldest_seconds',
    'How long ago the oldest of them was written; 0 if there is none.',
  );
  const backlog = new KnownGauge(
    registry,
    'grantkeeper_backlog_rows',
    'Rows that a server that takes in a backlog has left; 0 if none does.',
  );
  return async () => {
    const found = await orNothing(readPending(model, LIMIT_MS));
    const samples = found
      ? (['refresh_tokens', 'consents'] as const).map((name) => [name, found[name]] as const)
      : [];
    counts.showEach(samples.map(([collection, { count }]) => [{ collection }, count]));
    ages.showEach(samples.map(([collection, { oldest }]) => [{ collection }, oldest]));
    backlog.show(found?.backlog);
  };
}

function unfinishedIn(registry: Registry, model: GrantModel) {
  const gauge = (name: string, help: string) => new KnownGauge(registry, `grantkeeper_${name}`, help);
  const underWay = gauge('revocation_batches', 'Batches of revocations that are not finished, up to 10,000.');
  const cutOff = gauge(
    'revocation_batches_cut_off',
    'Those of them that no process has worked on for two minutes.',
  );
  const events = gauge('audit_events_overdue', 'Audit events that should have been finished, up to 10,000.');
  const lasting = gauge('suspensions', 'Suspensions that last, up to 10,000.');
  const overdue = gauge(
    'suspensions_overdue',
    'Those of them whose grant should have been revoked two minutes ago or more.',
  );
  return async () => {
    const found = await orNothing(readUnfinished(model, LIMIT_MS));
    underWay.show(found?.underWay);
    cutOff.show(found?.cutOff);
    events.show(found?.openEvents);
    lasting.show(found?.lasting);
    overdue.show(found?.overdue);
  };
}

function outboxIn(registry: Registry, model: GrantModel, webhooks: Webhooks) {
  const name = (end: string) => `grantkeeper_webhook_${end}`;
  const messages = new KnownGauge(
    registry,
    name('messages'),
    'Messages of the outbox that wait, or were given up, up to 10,000 each.',
    ['receiver', 'state'],
  );
  const ages = new KnownGauge(
    registry,
    name('oldest_seconds'),
    'How long ago the oldest message that waits was written; 0 if none does.',
    ['receiver'],
  );
  const unnumbered = new KnownGauge(
    registry,
    name('events_unnumbered'),
    'Audit events whose messages are not written yet, up to 10,000.',
  );
  const lease = new KnownGauge(
    registry,
    name('lease'),
    '1 if this server writes the messages of new audit events, otherwise 0. One server does.',
  );
  return async () => {
    lease.show(webhooks.isNumbering ? 1 : 0);
    const found = await orNothing(readOutbox(model, LIMIT_MS));
    const receivers = found?.receivers ?? [];
    messages.showEach(
      receivers.flatMap(({ receiver, waiting, dead }) => [
        [{ receiver, state: 'waiting' }, waiting],
        [{ receiver, state: 'dead' }, dead],
      ]),
    );
    ages.showEach(receivers.map(({ receiver, oldest }) => [{ receiver }, oldest]));
    unnumbered.show(found?.unnumbered);
  };
}

/** What could not be read is not shown; that the database is away is shown by a gauge of its own. */
function orNothing<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  return inTime(reading, LIMIT_MS, () => new Error('the database is too slow')).catch(() => undefined);
}
