import { counted } from '../counted.ts';
import type { Collections } from '../database/collections.ts';
import { KeptMessages } from '../webhooks/kept.ts';
import { Outbox, unsentTo } from '../webhooks/outbox.ts';
import { type Receiver, type ReceiversConfig, readReceivers } from '../webhooks/receivers.ts';
import { type Checked, type Finding, mustFix, reasonOf, warning } from './finding.ts';

/** Longer than receivers are away while they are deployed, in milliseconds. */
const WAITING_LIMIT = 15 * 60_000;
/** An event is in the outbox three minutes after it was asked for, whatever waits before it. In milliseconds. */
const EVENT_LIMIT = 5 * 60_000;

/** Checks the file of receivers, as a server does when it starts. */
export async function checkReceivers(config: ReceiversConfig): Promise<Checked> {
  let receivers: Receiver[];
  try {
    receivers = await readReceivers(config);
  } catch (error) {
    const wrong = mustFix(
      'webhook-receivers-wrong',
      reasonOf(error),
      'No server starts with this file; one that runs goes on with the receivers that it had.',
      'Correct the file: see docs/guides/webhooks.md.',
    );
    return { summary: 'wrong', findings: [wrong] };
  }
  return { summary: counted(receivers.length, 'receiver'), findings: ofSecrets(receivers) };
}

function ofSecrets(receivers: Receiver[]): Finding[] {
  const secrets = receivers.flatMap((one) => [...new Set(one.secrets)]);
  const sharing = receivers.filter((one) =>
    one.secrets.some((secret) => secrets.indexOf(secret) !== secrets.lastIndexOf(secret)),
  );
  if (sharing.length === 0) return [];
  return [
    warning(
      'webhook-secret-shared',
      `the receivers ${sharing.map(({ name }) => name).join(' and ')} have a secret in common`,
      'Each of them can forge messages to the others.',
      'Give each receiver a secret of its own: docs/guides/webhooks.md says how to rotate one.',
    ),
  ];
}

/** Checks that what the audit trail says is sent, and that nothing was given up. */
export async function checkOutbox(collections: Collections, clock: () => Date): Promise<Checked> {
  const outbox = new Outbox(collections, clock);
  const [held, registered] = await Promise.all([
    new KeptMessages(collections).holdings(),
    outbox.registered(),
  ]);
  const findings = await ofEvents(outbox, registered);
  const long = clock().getTime() - WAITING_LIMIT;
  for (const { receiver, waiting, dead, oldest } of held) {
    if (dead > 0) findings.push(ofDead(receiver, dead));
    if (oldest && oldest.getTime() < long) {
      const isKnown = registered.some(({ name }) => name === receiver);
      const minutes = Math.round((clock().getTime() - oldest.getTime()) / 60_000);
      findings.push(isKnown ? ofWaiting(receiver, waiting, minutes) : ofRemoved(receiver, waiting));
    }
  }
  return { summary: `${counted(registered.length, 'receiver')} in use`, findings };
}

async function ofEvents(outbox: Outbox, registered: { since: Date }[]): Promise<Finding[]> {
  if (registered.length === 0) return [];
  const now = outbox.clock().getTime();
  const late = await outbox.events.countDocuments({
    ...unsentTo(registered),
    finished_at: { $lt: new Date(now - EVENT_LIMIT) },
  });
  if (late === 0) return [];
  return [
    warning(
      'webhooks-unwritten',
      `${counted(late, 'audit event')} should have been in the outbox of the webhooks for minutes, and no server has put them there`,
      'Receivers do not know what was revoked, suspended or restored.',
      'Start a server with WEBHOOKS_FILE. If one runs, its log says "could not number webhooks", and why.',
    ),
  ];
}

function ofDead(receiver: string, dead: number): Finding {
  return warning(
    'webhooks-dead',
    `${counted(dead, 'webhook')} for the receiver ${receiver} ${dead === 1 ? 'was' : 'were'} given up`,
    'It does not know of these changes, and never will unless they are sent again within 30 days.',
    `See why with grantkeeper webhooks dead --receiver ${receiver}, then run grantkeeper webhooks replay --all --receiver ${receiver}.`,
  );
}

function ofWaiting(receiver: string, waiting: number, minutes: number): Finding {
  return warning(
    'webhooks-late',
    `${counted(waiting, 'webhook')} for the receiver ${receiver} ${waiting === 1 ? 'waits' : 'wait'}, the oldest for ${counted(minutes, 'minute')}`,
    'It still takes what was revoked or suspended since for good.',
    `Run grantkeeper webhooks test ${receiver}, which says how it answers. If it answers, see to it that a server with WEBHOOKS_FILE runs.`,
  );
}

function ofRemoved(receiver: string, waiting: number): Finding {
  return warning(
    'webhooks-late',
    `${counted(waiting, 'webhook')} for the receiver ${receiver} ${waiting === 1 ? 'waits' : 'wait'}, and no server has had it in WEBHOOKS_FILE for a week`,
    'They are never sent, and deleted after 30 days.',
    `Put ${receiver} back into WEBHOOKS_FILE, or leave them if it was removed for good.`,
  );
}
