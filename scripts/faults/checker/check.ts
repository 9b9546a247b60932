import type { History } from '../history.ts';
import type { Snapshot } from '../snapshot.ts';
import { checkAnswers } from './answers.ts';
import { checkAudit } from './audit.ts';
import { Evidence } from './evidence.ts';
import { checkGrants } from './grants.ts';
import { checkUntouched } from './untouched.ts';
import { checkWebhooks } from './webhooks.ts';

/** Compares what is there now with what every caller asked for and was told. Returns every fault as a sentence. */
export function check(history: History, snapshot: Snapshot): string[] {
  const evidence = new Evidence(history, snapshot);
  return [
    ...history.crashes,
    ...checkAnswers(evidence),
    ...checkUntouched(evidence),
    ...checkAudit(evidence),
    ...checkGrants(evidence),
    ...checkWebhooks(evidence),
  ];
}
