import type { ConsentRow, RefreshTokenRow } from '../../../server/src/database/collections.ts';
import { encodeGrantId } from '../../../server/src/grants/rows/identity.ts';
import type { Selection } from '../calls.ts';
import type { Call, History } from '../history.ts';
import type { Snapshot } from '../snapshot.ts';
import { ACCOUNT, isLiveKind } from '../world.ts';

/** A token that was stored, as it was then. */
export interface KnownToken {
  row: RefreshTokenRow;
  grant_id: string;
  /** When it was sent to the database, and when that said that it has it; undefined if it never did. */
  begun: number;
  acknowledged: number | undefined;
}

/** What bears one revocation's id. */
export interface Revocation {
  id: string;
  tokens: RefreshTokenRow[];
  consents: ConsentRow[];
  /** The call that asked for it; undefined if the audit trail does not say, or names none of ours. */
  call: Call | undefined;
}

/** What happened and what is there now, so that it can be looked up. */
export class Evidence {
  readonly history: History;
  readonly snapshot: Snapshot;
  /** By id. */
  readonly known: Map<string, KnownToken>;
  readonly tokens: Map<string, RefreshTokenRow>;
  readonly consents: Map<string, ConsentRow>;
  readonly revocations: Map<string, Revocation>;
  readonly calls: Map<string, Call>;

  constructor(history: History, snapshot: Snapshot) {
    this.history = history;
    this.snapshot = snapshot;
    const before = { begun: Number.NEGATIVE_INFINITY, acknowledged: Number.NEGATIVE_INFINITY };
    const stored = [...history.world.tokens.map((row) => ({ row, ...before })), ...history.issued];
    this.known = new Map(stored.map((one) => [one.row._id, { ...one, grant_id: grantIdOf(one.row) }]));
    this.tokens = new Map(snapshot.tokens.map((row) => [row._id, row]));
    this.consents = new Map(snapshot.consents.map((row) => [row._id, row]));
    this.calls = new Map(history.calls.map((call) => [call.id, call]));
    this.revocations = this.#revocations();
  }

  /** What a call did, if anything; of an execution, what all executions of its preview did. */
  revocationsOf(call: Call): Revocation[] {
    const all = [...this.revocations.values()];
    const { preview } = call;
    return all.filter((one) => (preview ? one.id === previewIdOf(preview) : one.call === call));
  }

  isRevoked(_id: string): boolean {
    return this.tokens.get(_id)?.revoked_at != null;
  }

  /** The consents that tokens of a grant named before a moment, of its own account and user. */
  consentsNamed(grant_id: string, before: number): string[] {
    const named = [...this.known.values()].filter(
      (one) => one.grant_id === grant_id && wasStoredBefore(one, before),
    );
    return named.flatMap(({ row }) => {
      const consent = this.consents.get(row.consent_id ?? '');
      const isOwn = consent?.user_id === row.user_id && consent.account_id === row.account_id;
      return isOwn ? [consent._id] : [];
    });
  }

  #revocations(): Map<string, Revocation> {
    const found = new Map<string, Revocation>();
    const asked = new Map(
      this.snapshot.events.map(({ _id, by }) => [_id, this.calls.get(by?.client_id ?? '')]),
    );
    const of = (id: string) => {
      const one = found.get(id) ?? { id, tokens: [], consents: [], call: asked.get(id) };
      found.set(id, one);
      return one;
    };
    for (const row of this.snapshot.tokens) if (row.revocation_id) of(row.revocation_id).tokens.push(row);
    for (const row of this.snapshot.consents) if (row.revocation_id) of(row.revocation_id).consents.push(row);
    return found;
  }
}

export function grantIdOf(row: RefreshTokenRow): string {
  return encodeGrantId({ ...row, scope: row.scope.toSorted() });
}

export function wasStoredBefore({ acknowledged }: KnownToken, moment: number): boolean {
  return acknowledged !== undefined && acknowledged < moment;
}

/** The id of a preview that was answered, which its token names: a revocation's as well. */
export function previewIdOf({ told }: Call): string | undefined {
  const { preview_token }: { preview_token?: string } = Object(told.body);
  const [, payload = ''] = preview_token?.split('.') ?? [];
  const { jti }: { jti?: string } =
    payload === '' ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString());
  return jti;
}

export function hasExpired({ expires_at }: RefreshTokenRow): boolean {
  return expires_at != null && expires_at.getTime() < Date.now();
}

/** Whether a selection may take a token: nothing else may be revoked for it. */
export function maySelect(selection: Selection, token: KnownToken): boolean {
  const { row, grant_id } = token;
  if ('grant_ids' in selection) return selection.grant_ids.includes(grant_id);
  if ('consent_id' in selection) {
    return row.consent_id === selection.consent_id && row.user_id === selection.user_id;
  }
  if (!matches(selection.filter, row)) return false;
  // A grant that never had a live token was never active.
  if (selection.status === 'active') return isLiveKind(row);
  return selection.status === 'all' || hasExpired(row);
}

/** Whether it must, if the token was there before: whatever else was revoked, and whenever. */
export function mustSelect(selection: Selection, token: KnownToken): boolean {
  if (!maySelect(selection, token)) return false;
  if (!('filter' in selection)) return true;
  // As long as it lives, its grant is active.
  if (selection.status === 'active') return !hasExpired(token.row);
  return selection.status === 'all' || !isLiveKind(token.row);
}

function matches(filter: object, row: RefreshTokenRow): boolean {
  return (
    row.account_id === ACCOUNT &&
    Object.entries(filter).every(([name, value]) => Reflect.get(row, name) === value)
  );
}
