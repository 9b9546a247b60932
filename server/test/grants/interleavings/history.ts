import { isDeepStrictEqual } from 'node:util';
import type { ConsentRow, RefreshTokenRow } from '../../../src/database/collections.ts';
import { grantIdOf, grantsOf, type ReferenceGrant, type Store } from '../reference.ts';

/** What rows and consents were, and what the time was, from one write to the next. */
interface Moment {
  rows: ReadonlyMap<string, RefreshTokenRow>;
  consents: ReadonlyMap<string, ConsentRow>;
  now: Date;
}

type Names = Pick<Store, 'clients' | 'users'>;

/** Every state that rows and consents have had. */
export class History {
  readonly #moments: Moment[];
  readonly #names: Names;
  /** Rows that are purged count no more, where they ended by then. */
  readonly #purgedBefore: Date;
  readonly #byGrant = new Map<number, Map<string, RefreshTokenRow[]>>();

  constructor({ now, names, purgedBefore }: { now: Date; names: Names; purgedBefore: Date }) {
    this.#moments = [{ rows: new Map(), consents: new Map(), now }];
    this.#names = names;
    this.#purgedBefore = purgedBefore;
  }

  /** The number of the latest moment. */
  get latest(): number {
    return this.#moments.length - 1;
  }

  at(moment: number): Moment {
    const found = this.#moments[moment];
    if (!found) throw new Error('there has been no such moment');
    return found;
  }

  get now(): Date {
    return this.at(this.latest).now;
  }

  setNow(now: Date): void {
    this.#moments.push({ ...this.at(this.latest), now });
  }

  writeRow(_id: string, row: RefreshTokenRow | undefined): void {
    const latest = this.at(this.latest);
    this.#push({ ...latest, rows: withWritten(latest.rows, _id, row) }, latest.rows.get(_id), row);
  }

  writeConsent(_id: string, consent: ConsentRow): void {
    const latest = this.at(this.latest);
    const consents = withWritten(latest.consents, _id, consent);
    this.#push({ ...latest, consents }, latest.consents.get(_id), consent);
  }

  /** Where only our own fields have changed, it is the same moment still. */
  #push(moment: Moment, before: object | undefined, after: object | undefined): void {
    this.#byGrant.delete(this.latest);
    if (isDeepStrictEqual(contentOf(before), contentOf(after))) this.#moments[this.latest] = moment;
    else this.#moments.push(moment);
  }

  /** The rows of a moment that are not purged, grant by grant. */
  rowsByGrant(moment: number): Map<string, RefreshTokenRow[]> {
    const kept = this.#byGrant.get(moment);
    if (kept) return kept;
    const byGrant = new Map<string, RefreshTokenRow[]>();
    for (const row of this.at(moment).rows.values()) {
      if (this.#isPurged(row)) continue;
      const id = grantIdOf(row);
      byGrant.set(id, [...(byGrant.get(id) ?? []), row]);
    }
    this.#byGrant.set(moment, byGrant);
    return byGrant;
  }

  /** The grant that some rows make, with the consents of one moment and at the time of another. */
  grantOf(refreshTokens: RefreshTokenRow[], consents: number, now: number): ReferenceGrant | undefined {
    const store = { refreshTokens, consents: [...this.at(consents).consents.values()], ...this.#names };
    return grantsOf(store, this.at(now).now)[0];
  }

  #isPurged({ purged, revoked_at, expires_at }: RefreshTokenRow): boolean {
    const isOver = (date: Date | null | undefined) => !!date && date <= this.#purgedBefore;
    return purged === true && (isOver(revoked_at) || isOver(expires_at));
  }
}

function withWritten<Row>(
  rows: ReadonlyMap<string, Row>,
  _id: string,
  row: Row | undefined,
): Map<string, Row> {
  const written = new Map(rows);
  if (row) written.set(_id, row);
  else written.delete(_id);
  return written;
}

function contentOf(row: { grouped?: unknown; grant_hash?: unknown } = {}): object {
  const { grouped: _, grant_hash: __, ...content } = row;
  return content;
}
