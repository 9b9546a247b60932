import type { Collections } from '../database/collections.ts';
import { type Checked, type Finding, mustFix, warning } from './finding.ts';

/** From where a difference is worth a look, and from where it must be fixed, in milliseconds: tokens allow a minute. */
const NOTICED = 5_000;
const TOLERATED = 60_000;

/** The time that leases and cut-off revocations go by; no collection is read. */
const NOW = [{ $documents: [{}] }, { $project: { now: '$$NOW' } }];

/** Compares the clock of this machine with the database's. */
export async function checkClock({ modelState: { db } }: Collections, clock: () => Date): Promise<Checked> {
  const asked = clock().getTime();
  const [time] = await db.getClient().db(db.name).aggregate<{ now: Date }>(NOW).toArray();
  const answered = clock().getTime();
  if (!time) throw new Error('the database does not tell its time');
  const ahead = (asked + answered) / 2 - time.now.getTime();
  // What the answer took may all have been one way.
  const uncertain = (answered - asked) / 2;
  return {
    summary: `${differenceOf(ahead)} the database's`,
    findings: ofDifference('clock', "the database's", ahead, uncertain),
  };
}

/**
 * The finding about a difference between this machine's clock and another.
 *
 * @param ahead how far ours is ahead, in milliseconds
 * @param uncertain by how much that may be wrong, in milliseconds
 */
export function ofDifference(
  id: 'clock' | 'issuer-clock',
  other: string,
  ahead: number,
  uncertain: number,
): Finding[] {
  const least = Math.abs(ahead) - uncertain;
  if (least < NOTICED) return [];
  const finding = least < TOLERATED ? warning : mustFix;
  return [
    finding(
      least < TOLERATED ? `${id}-differs` : `${id}-wrong`,
      `the clock of this machine is ${differenceOf(ahead)} ${other}`,
      'It decides what has expired and when something was revoked. From a minute on, valid tokens are refused, or expired ones are still taken.',
      'Synchronize both machines, for example with chrony.',
    ),
  ];
}

function differenceOf(ahead: number): string {
  return `${(Math.abs(ahead) / 1_000).toFixed(1)} s ${ahead < 0 ? 'behind' : 'ahead of'}`;
}
