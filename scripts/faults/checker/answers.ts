import { isDeepStrictEqual } from 'node:util';
import { isOneBatch } from '../calls.ts';
import { type Call, isOpen, isSuccess } from '../history.ts';
import { type Evidence, mustSelect, previewIdOf, type Revocation, wasStoredBefore } from './evidence.ts';
import { checkSuspending } from './suspensions.ts';

/** What callers were told holds, and who was told nothing finds all of it done, or nothing. */
export function* checkAnswers(evidence: Evidence): Generator<string> {
  for (const call of evidence.history.calls) {
    for (const fault of checkCall(evidence, call)) {
      yield `${call.id} (${call.kind}, ${call.manner}, told ${call.told.status ?? 'nothing'}): ${fault}`;
    }
  }
}

function* checkCall(evidence: Evidence, call: Call): Generator<string> {
  if (call.statuses.includes(500)) yield 'it was answered 500';
  if (call.kind === 'preview') {
    if (evidence.revocationsOf(call).length > 0) yield 'a preview revoked something';
    return;
  }
  const done = evidence.revocationsOf(call);
  yield* checkReplay(call);
  if (call.kind === 'suspend' || call.kind === 'restore') {
    if (done.length > 0) yield 'it revoked something';
    yield* checkSuspending(evidence, call);
    return;
  }
  for (const revocation of done) yield* checkWhole(evidence, call, revocation);
  if (isSuccess(call)) {
    yield* checkDone(evidence, call, call.hasKey ? begunOf(call) : (call.preview?.begun ?? call.lastBegun));
    yield* checkCounts(evidence, call, done);
  } else if (isOpen(call)) {
    if (done.length > 0 && isOneBatch(call.selection)) yield* checkDone(evidence, call, begunOf(call));
  } else yield* checkRefused(evidence, call, done);
  if (call.preview) yield* checkExecution(evidence, call, call.preview);
}

/** What was there by then is part of the selection. */
function begunOf({ preview, begun }: Call): number {
  return preview?.begun ?? begun;
}

/** All that was selected is revoked. */
function* checkDone(evidence: Evidence, { selection }: Call, before: number): Generator<string> {
  for (const token of evidence.known.values()) {
    const { row, grant_id } = token;
    if (!mustSelect(selection, token) || !wasStoredBefore(token, before)) continue;
    if (!evidence.isRevoked(row._id)) yield `token ${row._id} is not revoked`;
    if (!('grant_ids' in selection && selection.include_consent)) continue;
    for (const consent of evidence.consentsNamed(grant_id, before)) {
      if (!evidence.consents.get(consent)?.revoked_at) yield `consent ${consent} is not revoked`;
    }
  }
  if ('consent_id' in selection && !evidence.consents.get(selection.consent_id)?.revoked_at)
    yield `consent ${selection.consent_id} is not revoked`;
}

/** A grant of which something was revoked is revoked as a whole, and its consents with it, if that was asked for. */
function* checkWhole(evidence: Evidence, call: Call, { tokens }: Revocation): Generator<string> {
  const { selection } = call;
  if ('consent_id' in selection || ('filter' in selection && selection.status === 'expired')) return;
  const before = begunOf(call);
  const touched = new Set(tokens.map(({ _id }) => evidence.known.get(_id)?.grant_id));
  for (const token of evidence.known.values()) {
    if (!touched.has(token.grant_id) || !wasStoredBefore(token, before)) continue;
    if (!evidence.isRevoked(token.row._id)) yield `its grant is revoked but for token ${token.row._id}`;
  }
  if (!selection.include_consent) return;
  for (const grant_id of touched) {
    for (const consent of evidence.consentsNamed(grant_id ?? '', before)) {
      if (!evidence.consents.get(consent)?.revoked_at)
        yield `its grant is revoked, but consent ${consent} is not`;
    }
  }
}

/** What was counted are the rows that bear the revocation's id. */
function* checkCounts({ snapshot }: Evidence, call: Call, done: Revocation[]): Generator<string> {
  if (call.told.status === 204) return;
  const told: { revoked_tokens?: number; revoked_consents?: number } = Object(call.told.body);
  if (call.hasKey || call.preview) {
    if (done.length > 1) yield `one key made ${done.length} revocations`;
    yield* compare(told, done[0]);
    return;
  }
  // Each attempt without a key is a revocation of its own, and counts only what it did itself.
  const event = snapshot.events.find(({ request_id }) => request_id === call.request_id);
  const own = done.find(({ id }) => id === event?._id);
  if (!event?.interrupted) yield* compare(told, own);
}

function* compare(
  told: { revoked_tokens?: number; revoked_consents?: number },
  revocation: Revocation | undefined,
): Generator<string> {
  const rows = {
    revoked_tokens: revocation?.tokens.length ?? 0,
    revoked_consents: revocation?.consents.length ?? 0,
  };
  if (!isDeepStrictEqual({ ...told }, rows))
    yield `it was told ${JSON.stringify(told)}, and ${JSON.stringify(rows)} bear its id`;
}

/** An answer that says that nothing was changed. */
function* checkRefused({ history }: Evidence, call: Call, done: Revocation[]): Generator<string> {
  const { code } = call.told;
  const { preview } = call;
  const others = history.calls.filter((other) => preview && other.preview === preview && other !== call);
  const isElsewhere = others.some((other) => isSuccess(other) || isOpen(other));
  if (preview && code === 'preview-executed') {
    // Perhaps by an earlier attempt of its own, whose answer was lost.
    if (!isElsewhere && call.attempts < 2) yield 'its preview was executed by nobody';
  } else if (preview && code === 'preview-changed') {
    if (done.length > 0 && !isElsewhere) yield 'its preview had changed, and something was revoked';
  } else yield `this answer was not expected: ${JSON.stringify(call.told)}`;
}

/** A preview is executed at most once, and not if it selects another grant by then. */
function* checkExecution({ history, tokens, known }: Evidence, call: Call, preview: Call): Generator<string> {
  if (!isSuccess(call)) return;
  const isOther = (other: Call) => other !== call && other.preview === preview && isSuccess(other);
  const other = history.calls.find(isOther);
  // One with a key that had to ask again is told what became of the preview: perhaps it was its own doing.
  const mayHaveHeard = ({ hasKey, attempts }: Call) => hasKey && attempts > 1;
  if (other && !mayHaveHeard(call) && !mayHaveHeard(other))
    yield `preview ${previewIdOf(preview)} was executed by ${other.id}, too`;
  const intruder = known.get(call.intruder ?? '');
  if (!intruder || !wasStoredBefore(intruder, call.begun)) return;
  if (!tokens.get(intruder.row._id)?.revoked_at)
    yield `its preview was executed although token ${intruder.row._id} had come`;
}

function* checkReplay({ told, replayed }: Call): Generator<string> {
  if (!replayed) return;
  if (!replayed.isReplay || replayed.status !== told.status || !isDeepStrictEqual(replayed.body, told.body))
    yield `its repetition was told ${JSON.stringify(replayed)}`;
}
