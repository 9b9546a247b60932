import { isDeepStrictEqual } from 'node:util';
import type { RefreshTokenRow } from '../../../src/database/collections.ts';
import type { ReferenceGrant, Status } from '../reference.ts';
import type { History } from './history.ts';

/** A list that somebody was answered, and the moments between which it was made. */
export interface Answered {
  account_id: string;
  status: Status;
  grants: ReferenceGrant[];
  total_count: number;
  began: number;
  ended: number;
}

const STATUSES = ['active', 'expired', 'revoked'] as const;

/**
 * Says what is wrong with a list: each grant must be as its rows were at some moment since the list was begun, none may
 * be missing that there was all the time, and the total must lie between what there was all the time and at any. Rows that were
 * inserted since may be left out, though others are as they became later.
 */
export function mistakesOf(answered: Answered, history: History): string[] {
  const { grants, total_count, account_id, status, began, ended } = answered;
  const possible = new Possible(history, began, ended);
  const mistakes: string[] = [];
  for (const grant of grants) {
    if (!possible.has(grant)) mistakes.push(`never so since the list was begun: ${JSON.stringify(grant)}`);
  }
  const statuses = status === 'all' ? STATUSES : [status];
  const shown = new Set(grants.map(({ grant_id }) => grant_id));
  if (shown.size < grants.length) mistakes.push('a grant is in the list twice');
  let [least, most] = [0, 0];
  for (const grant_id of possible.grantsIn(account_id)) {
    const had = possible.statusesOf(grant_id);
    for (const one of statuses) {
      if (had.has(one)) most += 1;
      if (had.has(one) && had.size === 1) least += 1;
    }
    const isShown = [...had].every((one) => statuses.some((other) => other === one));
    if (isShown && !shown.has(grant_id)) mistakes.push(`missing: ${grant_id} ${[...had]}`);
  }
  if (total_count < least || total_count > most) {
    mistakes.push(`a total of ${total_count}, but there were ${least} to ${most}`);
  }
  return mistakes;
}

/** The states of things between two moments. */
class Possible {
  readonly #history: History;
  readonly #moments: number[];
  /** Of moments with the same consents or time one each. */
  readonly #consents: number[];
  readonly #times: number[];
  readonly #rows = new Map<string, RefreshTokenRow[][]>();

  constructor(history: History, began: number, ended: number) {
    this.#history = history;
    this.#moments = Array.from({ length: ended - began + 1 }, (_, index) => began + index);
    const distinct = (of: (moment: number) => unknown) => [
      ...new Map(this.#moments.map((moment) => [of(moment), moment])).values(),
    ];
    this.#consents = distinct((moment) => history.at(moment).consents);
    this.#times = distinct((moment) => history.at(moment).now.getTime());
  }

  /** Rows are read first, then the consents that they name; the time is from when that began. */
  has(grant: ReferenceGrant): boolean {
    const isOf = (rows: RefreshTokenRow[]) =>
      this.#consents.some((consents) =>
        this.#times.some((now) => isDeepStrictEqual(this.#history.grantOf(rows, consents, now), grant)),
      );
    return this.#rowsOf(grant.grant_id).some(isOf) || this.#revokedSince(grant.grant_id).some(isOf);
  }

  /**
   * A revocation writes that a grant is revoked beside what was grouped before it: what else was written to its rows since
   * the list was begun may be missing.
   */
  #revokedSince(grant_id: string): RefreshTokenRow[][] {
    const { rows: last } = this.#history.at(this.#moments.at(-1) ?? 0);
    const revoked = (row: RefreshTokenRow) => ({ ...row, revoked_at: last.get(row._id)?.revoked_at ?? null });
    return this.#rowsOf(grant_id).map((rows) => rows.map(revoked));
  }

  /** Every grant that an account had. */
  grantsIn(account_id: string): Set<string> {
    const ids = new Set<string>();
    for (const moment of this.#moments) {
      for (const [id, [row]] of this.#history.rowsByGrant(moment)) {
        if (row?.account_id === account_id) ids.add(id);
      }
    }
    return ids;
  }

  /** Which statuses a grant had; `undefined` where there was a moment without it. */
  statusesOf(grant_id: string): Set<ReferenceGrant['status'] | undefined> {
    const [consents = 0] = this.#consents;
    const found = this.#rowsOf(grant_id).flatMap((rows) =>
      this.#times.map((now) => this.#history.grantOf(rows, consents, now)?.status),
    );
    return new Set(found);
  }

  /** The rows of a grant, in every state that they may have been seen in. */
  #rowsOf(grant_id: string): RefreshTokenRow[][] {
    const kept = this.#rows.get(grant_id);
    if (kept) return kept;
    const [began = 0] = this.#moments;
    const before = this.#history.at(began).rows;
    const states = new Map<string, RefreshTokenRow[]>();
    for (const moment of this.#moments) {
      const rows = this.#history.rowsByGrant(moment).get(grant_id) ?? [];
      const key = JSON.stringify(rows.map(({ grant_hash: _, grouped: __, ...row }) => row));
      states.set(key, rows);
    }
    const isNew = ({ _id }: RefreshTokenRow) => !before.has(_id);
    const seen = [...states.values()].flatMap((rows) => withSomeOf(rows, isNew));
    this.#rows.set(grant_id, seen);
    return seen;
  }
}

/** Of more rows that need not be there, the oldest are taken to be: to try each choice of them would take too long. */
const MAX_OPTIONAL = 10;

/** Some rows, with each choice of those that need not be there. */
function withSomeOf(
  rows: RefreshTokenRow[],
  isOptional: (row: RefreshTokenRow) => boolean,
): RefreshTokenRow[][] {
  const optional = rows.filter(isOptional).slice(-MAX_OPTIONAL);
  const choices = [rows.filter((row) => !optional.includes(row))];
  for (const row of optional) {
    choices.push(...choices.map((some) => [...some, row]));
  }
  return choices;
}
