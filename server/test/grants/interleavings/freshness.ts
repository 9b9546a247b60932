import { isDeepStrictEqual } from 'node:util';
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
 * be missing that there was all the time, and the total must lie between what there was all the time and at any.
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
  for (const [grant_id, had] of possible.statusesIn(account_id)) {
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
  /** Of moments with the same rows, consents or time one each. */
  readonly #rows: number[];
  readonly #consents: number[];
  readonly #times: number[];

  constructor(history: History, began: number, ended: number) {
    const moments = Array.from({ length: ended - began + 1 }, (_, index) => began + index);
    const distinct = (of: (moment: number) => unknown) => [
      ...new Map(moments.map((moment) => [of(moment), moment])).values(),
    ];
    this.#history = history;
    this.#rows = distinct((moment) => history.at(moment).rows);
    this.#consents = distinct((moment) => history.at(moment).consents);
    this.#times = distinct((moment) => history.at(moment).now.getTime());
  }

  /** Rows are read first, then the consents that they name; the time is from when that began. */
  has(grant: ReferenceGrant): boolean {
    return this.#times.some((now) =>
      this.#rows.some((rows) =>
        this.#consents.some((consents) =>
          isDeepStrictEqual(this.#history.grantsAt(rows, consents, now).get(grant.grant_id), grant),
        ),
      ),
    );
  }

  /** Every grant of an account, and which statuses it had; `undefined` where there was a moment without it. */
  statusesIn(account_id: string): Map<string, Set<ReferenceGrant['status'] | undefined>> {
    const [consents = 0] = this.#consents;
    const states = this.#times.flatMap((now) =>
      this.#rows.map((rows) => this.#history.grantsAt(rows, consents, now)),
    );
    const all = states.flatMap((grants) => [...grants.values()]);
    const ids = new Set(all.filter((one) => one.account_id === account_id).map(({ grant_id }) => grant_id));
    return new Map(Array.from(ids, (id) => [id, new Set(states.map((grants) => grants.get(id)?.status))]));
  }
}
