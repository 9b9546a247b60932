import { counted } from '../counted.ts';
import { type Difference, differences } from '../grants/read-model/check.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import { IS_PENDING, look } from '../grants/read-model/pending.ts';
import { differencesAt, differencesInSample, hashOfDifference } from '../grants/read-model/sample.ts';
import { type Checked, type Finding, mustFix, warning } from './finding.ts';

/** How many grants, and the grants of how many rows, are compared unless all are. */
const SAMPLE = 1_000;
/** How many differing grants are compared a second time; with more, the answer is the same. */
const RECHECKED = 1_000;
/** Of how many a finding has the ids. */
const NAMED = 3;
/** How many pending rows are counted; more take long. */
const MAX_COUNTED = 1_000_000;

/**
 * Compares the read model with the rows: some grants at random, or all. A list takes in what is pending before it
 * answers, and so does this; while there is a backlog, it compares nothing.
 *
 * @param full all of them, which reads every row
 */
export async function checkModel(model: GrantModel, full: boolean): Promise<Checked> {
  const { isComplete, isFull } = await look(model.store, { now: model.clock(), limit: model.lookLimit });
  if (!isComplete) return { summary: 'not built', findings: [notBuilt()] };
  if (isFull) {
    const findings = [await backlogOf(model)];
    return { summary: 'not compared, because of the backlog', findings };
  }
  const found = full ? await allDifferences(model) : await differencesInSample(model, SAMPLE);
  const count = await model.grants.estimatedDocumentCount();
  const compared = full || count <= SAMPLE ? 'all grants' : `${counted(SAMPLE, 'grant')} at random`;
  return {
    summary: `${compared} compared with their rows`,
    findings: found.length > 0 ? [differs(found)] : [],
  };
}

async function allDifferences(model: GrantModel): Promise<Difference[]> {
  const suspects: bigint[] = [];
  for await (const difference of differences(model)) {
    suspects.push(hashOfDifference(difference));
    if (suspects.length === RECHECKED) break;
  }
  return differencesAt(model, new Set(suspects));
}

function notBuilt(): Finding {
  return warning(
    'model-not-built',
    'the read model has not been built from the rows, or was dropped',
    'The first list takes in all rows, and until that is done lists are a 503 with Retry-After.',
    'Start a server, or run grantkeeper model rebuild, and follow /readyz. Then run this again.',
  );
}

async function backlogOf({ store, backlog }: GrantModel): Promise<Finding> {
  const why =
    'Until it is taken in, lists of the accounts it belongs to are a 503 with Retry-After. Revocations do not wait.';
  const progress = await backlog.progress();
  if (progress) {
    const found = `a backlog is being taken in: ${counted(progress.left, 'row')} left, ${counted(progress.rate, 'row')} a second`;
    return warning('backlog', found, why, 'Wait, and follow /readyz.');
  }
  const limit = { limit: MAX_COUNTED };
  const counts = await Promise.all([
    store.rows.countDocuments(IS_PENDING, limit),
    store.consents.countDocuments(IS_PENDING, limit),
  ]);
  return warning(
    'backlog',
    `${counted(counts[0] + counts[1], 'row')} are pending, and no server takes them in`,
    why,
    'The next list begins to. If this was no import, look for a program that rewrites rows: see docs/guides/store.md.',
  );
}

function differs(found: Difference[]): Finding {
  const ids = found.slice(0, NAMED).map(({ grant_id }) => grant_id);
  return mustFix(
    'model-differs',
    `${found.length >= RECHECKED ? 'at least ' : ''}${counted(found.length, 'grant')} in the read model ${found.length === 1 ? 'is' : 'are'} not what the rows say (${ids.join(', ')})`,
    'Lists show these grants wrongly, and a revocation by filter can miss one that they hide.',
    'Run grantkeeper model rebuild. If it comes back, a program changes rows without unsetting `grouped`, or deletes rows: see docs/guides/store.md.',
  );
}
