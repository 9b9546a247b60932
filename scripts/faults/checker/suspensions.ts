import { encodeGrantId } from '../../../server/src/grants/rows/identity.ts';
import type { Suspension } from '../../../server/src/grants/rows/store.ts';
import { type Call, isOpen, isSuccess } from '../history.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Evidence } from './evidence.ts';

/** Whether a suspension lasts. */
function lasts({ ended_at }: Suspension): boolean {
  return ended_at === null;
}

/** Those that last are marked and listed, and no others. */
export function* checkSuspensions({ suspensions, suspended, listed }: Snapshot): Generator<string> {
  const until = new Map<string, string>();
  for (const one of suspensions.filter(lasts)) {
    const grant_id = encodeGrantId(one.grant);
    if (until.has(grant_id)) yield `the grant of ${one._id} is suspended twice`;
    until.set(grant_id, one.until.toISOString());
  }
  for (const { _id, revoking, suspension, suspended_until } of suspended) {
    if (suspended_until?.toISOString() !== until.get(encodeGrantId(_id)) || revoking !== true)
      yield `the mark of suspension ${suspension} is wrong`;
  }
  if (suspended.length !== until.size)
    yield `${suspended.length} grants are marked as suspended, not ${until.size}`;
  for (const [server, { grants }] of listed.entries()) {
    for (const { grant_id, suspended_until } of grants) {
      const expected = until.get(grant_id);
      if (suspended_until !== expected)
        yield `server ${server} lists ${grant_id} as suspended until ${suspended_until}, not ${expected}`;
    }
  }
}

/** What a caller who suspended or restored a grant was told. */
export function* checkSuspending(evidence: Evidence, call: Call): Generator<string> {
  const { history, snapshot } = evidence;
  const [grant_id] = 'grant_ids' in call.selection ? call.selection.grant_ids : [];
  const ofGrant = snapshot.suspensions.filter(({ grant }) => encodeGrantId(grant) === grant_id);
  const events = snapshot.events.filter(({ by }) => by?.client_id === call.id);
  if (call.hasKey && events.length > 1) yield `one key made ${events.length} events`;
  const others = history.calls.filter(
    ({ kind, selection }) =>
      kind !== call.kind && 'grant_ids' in selection && selection.grant_ids[0] === grant_id,
  );
  if (call.kind === 'suspend' && isSuccess(call)) {
    const { suspended_until }: { suspended_until?: string } = Object(call.told.body);
    const told = ofGrant.find(({ until }) => until.toISOString() === suspended_until);
    if (told) yield* checkEnd(evidence, told, others);
    else yield `it was told ${suspended_until}, and there is no such suspension`;
  } else if (call.kind === 'restore' && isSuccess(call)) {
    const isAgain = others.some(({ kind, ended }) => kind === 'suspend' && ended > call.begun);
    if (!isAgain && ofGrant.some(lasts)) yield 'the grant is still suspended';
    if (!ofGrant.some(({ ended }) => ended === 'restored')) yield 'nothing was restored';
  } else if (!isOpen(call)) {
    const expected = call.kind === 'suspend' ? 'grant-not-active' : 'grant-not-suspended';
    if (call.told.code !== expected) yield `this answer was not expected: ${JSON.stringify(call.told)}`;
    if (call.attempts === 1 && events.length > 0) yield 'it was refused, and changed something';
  }
}

/** A suspension ends only where somebody asked for that. */
function* checkEnd(
  { known, tokens }: Evidence,
  { _id, grant, ended }: Suspension,
  others: Call[],
): Generator<string> {
  if (ended === 'refused') yield `suspension ${_id} was answered, and taken back`;
  // One who asked again may have been told that it is not suspended, because the lost answer had restored it.
  const mayHave = (call: Call) => isSuccess(call) || isOpen(call) || call.attempts > 1;
  const restored = others.some((call) => call.kind === 'restore' && mayHave(call));
  if (ended === 'restored' && !restored) yield `suspension ${_id} was ended by nobody`;
  const grant_id = encodeGrantId(grant);
  const isRevoked = [...known.values()].some(
    (token) => token.grant_id === grant_id && tokens.get(token.row._id)?.revocation_id,
  );
  if (ended === 'revoked' && !isRevoked) yield `suspension ${_id} was ended by a revocation of nothing`;
}
