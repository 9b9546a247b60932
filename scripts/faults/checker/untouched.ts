import { isDeepStrictEqual } from 'node:util';
import { isSuccess } from '../history.ts';
import { type Evidence, maySelect, type Revocation } from './evidence.ts';

/** Nothing was revoked that no request selected, and nothing else of a row was changed. */
export function* checkUntouched(evidence: Evidence): Generator<string> {
  yield* checkTokens(evidence);
  yield* checkConsents(evidence);
  for (const revocation of evidence.revocations.values()) yield* checkSelection(evidence, revocation);
}

/** What a revocation changes in a token, and what its use does. */
const CHANGING = [
  'revoked_at',
  'revoked_reason',
  'revocation_id',
  'updated_at',
  'last_used_at',
  'grouped',
  'grant_hash',
];

function unchanging(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !CHANGING.includes(name)));
}

function* checkTokens({ known, tokens, snapshot }: Evidence): Generator<string> {
  if (tokens.size !== snapshot.tokens.length) yield 'two tokens have one id';
  for (const { row, acknowledged } of known.values()) {
    const now = tokens.get(row._id);
    if (!now) {
      if (acknowledged !== undefined) yield `token ${row._id} is gone`;
      continue;
    }
    if (!isDeepStrictEqual(unchanging(now), unchanging(row))) yield `token ${row._id} has changed`;
    yield* checkRevoked('token', row, now);
  }
  for (const id of tokens.keys()) if (!known.has(id)) yield `token ${id} comes from nowhere`;
}

function* checkConsents({ history, consents }: Evidence): Generator<string> {
  for (const row of history.world.consents) {
    const now = consents.get(row._id);
    if (!now) yield `consent ${row._id} is gone`;
    else yield* checkRevoked('consent', row, now);
  }
}

interface Revocable {
  _id: string;
  revoked_at?: Date | null;
  revocation_id?: string | null;
}

function* checkRevoked(kind: string, before: Revocable, now: Revocable): Generator<string> {
  const what = `${kind} ${now._id}`;
  if (before.revoked_at) {
    if (now.revoked_at?.getTime() !== before.revoked_at.getTime() || now.revocation_id)
      yield `${what} was revoked before, and was revoked again`;
  } else if (now.revoked_at && !now.revocation_id) yield `${what} was revoked by no revocation`;
  else if (!now.revoked_at && now.revocation_id) yield `${what} bears a revocation and is not revoked`;
}

function* checkSelection(evidence: Evidence, { id, call, tokens, consents }: Revocation): Generator<string> {
  // The audit trail's fault, which is found there.
  if (!call) return;
  const { selection, preview } = call;
  const answered = preview
    ? evidence.history.calls.filter((other) => other.preview === preview && isSuccess(other))
    : [call].filter(isSuccess);
  const over = Math.min(...answered.map(({ ended }) => ended));
  for (const { _id } of tokens) {
    const token = evidence.known.get(_id);
    if (!token) continue;
    if (!maySelect(selection, token)) yield `${call.id} revoked token ${_id}, which it did not select`;
    if (token.begun > over) yield `${call.id} revoked token ${_id}, issued after it was answered (${id})`;
  }
  const isNamed = (consent: string) =>
    'consent_id' in selection
      ? consent === selection.consent_id
      : selection.include_consent &&
        [...evidence.known.values()].some(
          (token) => token.row.consent_id === consent && maySelect({ ...selection, ...ANY }, token),
        );
  for (const { _id } of consents) {
    if (!isNamed(_id)) yield `${call.id} revoked consent ${_id}, which it did not select`;
  }
}

/** Every token of a selected grant names its consent, also one that is not revoked with it. */
const ANY = { status: 'all' } as const;
