import { counted } from '../counted.ts';
import type { Store } from '../grants/rows/store.ts';
import { IS_CUT_OFF, IS_OPEN_TOO_LONG } from '../grants/unfinished.ts';
import { type Checked, type Finding, mustFix, warning } from './finding.ts';

/** Checks that nothing that was cut off stays unfinished: servers finish it in the background. */
export async function checkUnfinished({ batches, events }: Store): Promise<Checked> {
  const [cutOff, open] = await Promise.all([
    batches.countDocuments(IS_CUT_OFF),
    events.countDocuments(IS_OPEN_TOO_LONG),
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
