import { counted } from '../counted.ts';
import { isOlder } from '../database/lease.ts';
import type { Store } from '../grants/rows/store.ts';
import { type Checked, type Finding, mustFix, warning } from './finding.ts';

/** Servers finish a cut-off revocation within a minute, and then its event within another. In milliseconds. */
const REVOCATION_LIMIT = 2 * 60_000;
const EVENT_LIMIT = 4 * 60_000;

/** Checks that nothing that was cut off stays unfinished: servers finish it in the background. */
export async function checkUnfinished({ batches, events }: Store): Promise<Checked> {
  const [cutOff, open] = await Promise.all([
    batches.countDocuments({ finished_at: null, $expr: isOlder('$tried_at', REVOCATION_LIMIT) }),
    // An authorization server leaves its events to ours, and unsets the sign of life.
    events.countDocuments({
      finished_at: null,
      $expr: isOlder({ $ifNull: ['$renewed_at', '$at'] }, EVENT_LIMIT),
    }),
  ]);
  const findings: Finding[] = [];
  if (cutOff > 0) {
    findings.push(
      mustFix(
        'revocation-cut-off',
        `${counted(cutOff, 'batch', 'batches')} of revocations were cut off, and no server has finished them`,
        'Some grants that somebody took back are still alive.',
        'Start a server, which finishes them within a minute. If one runs, its log says "could not finish a revocation", and why.',
      ),
    );
  }
  if (open > 0) {
    findings.push(
      warning(
        'audit-event-open',
        `${counted(open, 'audit event')} should have been finished, and no server has`,
        'The audit trail does not list them.',
        'Start a server, which finishes them within two minutes. If one runs, its log says "could not finish an audit event", and why.',
      ),
    );
  }
  return { summary: 'revocations and audit events', findings };
}
