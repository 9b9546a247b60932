import { isDeepStrictEqual } from 'node:util';
import type { ConsentRow, RefreshTokenRow } from '../../../src/database/collections.ts';
import { grantsOf, type ReferenceGrant, type Store } from '../reference.ts';

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
  readonly #grants = new Map<string, Map<string, ReferenceGrant>>();

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
    if (isDeepStrictEqual(contentOf(before), contentOf(after))) this.#moments[this.latest] = moment;
    else this.#moments.push(moment);
  }

  /** The grants by their ids: of the rows of one moment, the consents of another, at the time of a third. */
  grantsAt(rows: number, consents = rows, now = rows): Map<string, ReferenceGrant> {
    const key = `${rows} ${consents} ${now}`;
    const kept = this.#grants.get(key);
    if (kept) return kept;
    const store: Store = {
      refreshTokens: [...this.at(rows).rows.values()].filter((row) => !this.#isPurged(row)),
      consents: [...this.at(consents).consents.values()],
      ...this.#names,
    };
    const grants = grantsOf(store, this.at(now).now).map((grant) => [grant.grant_id, grant] as const);
    const made = new Map(grants);
    this.#grants.set(key, made);
    return made;
  }

  #isPurged({ purged, revoked_at, expires_at }: RefreshTokenRow): boolean {
    const isOver = (date: Date | null | undefined) => !!date && date <= this.#purgedBefore;
    return purged === true && (isOver(revoked_at) || isOver(expires_at));
  }
}

function withWritten<Row>(rows: ReadonlyMap<string, Row>, _id: string, row: Row | undefined): Map<string, Row> {
  const written = new Map(rows);
  if (row) written.set(_id, row);
  else written.delete(_id);
  return written;
}

function contentOf(row: { grouped?: unknown; grant_hash?: unknown } = {}): object {
  const { grouped: _, grant_hash: __, ...content } = row;
  return content;
}
