import {
  type ClockDifference,
  differenceTo,
  leastOf,
  NOTICED_MS,
  TOLERATED_MS,
} from '../clock-difference.ts';
import type { Collections } from '../database/collections.ts';
import { databaseTime } from '../database/time.ts';
import { type Checked, type Finding, mustFix, warning } from './finding.ts';

/** Compares the clock of this machine with the database's. */
export async function checkClock(collections: Collections, clock: () => Date): Promise<Checked> {
  const asked = clock().getTime();
  const time = await databaseTime(collections);
  const difference = differenceTo(time.getTime(), asked, clock().getTime());
  return {
    summary: `${written(difference)} the database's`,
    findings: ofDifference('clock', "the database's", difference),
  };
}

/** The finding about a difference between this machine's clock and another. */
export function ofDifference(
  id: 'clock' | 'issuer-clock',
  other: string,
  difference: ClockDifference,
): Finding[] {
  const least = leastOf(difference);
  if (least < NOTICED_MS) return [];
  const finding = least < TOLERATED_MS ? warning : mustFix;
  return [
    finding(
      least < TOLERATED_MS ? `${id}-differs` : `${id}-wrong`,
      `the clock of this machine is ${written(difference)} ${other}`,
      'It decides what has expired and when something was revoked. From a minute on, valid tokens are refused, or expired ones are still taken.',
      'Synchronize both machines, for example with chrony.',
    ),
  ];
}

function written({ ahead }: ClockDifference): string {
  return `${(Math.abs(ahead) / 1_000).toFixed(1)} s ${ahead < 0 ? 'behind' : 'ahead of'}`;
}
