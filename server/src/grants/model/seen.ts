interface Met {
  _id: string;
  updated_at: Date;
}

/**
 * What a process has taken in already, and what it was then: nobody else's business, and lost with the process. Two
 * writes in one millisecond differ in their values, not in date.
 */
export class Seen<Row extends Met> {
  readonly #shownOf: (row: Row) => unknown[];
  #rows = new Map<string, { updated_at: Date; fingerprint: string }>();

  /** @param shownOf gives the values that the read model takes from a row */
  constructor(shownOf: (row: Row) => unknown[]) {
    this.#shownOf = shownOf;
  }

  has(row: Row): boolean {
    return this.#rows.get(String(row._id))?.fingerprint === this.#fingerprint(row);
  }

  remember(rows: Row[]): void {
    for (const row of rows) {
      this.#rows.set(String(row._id), { updated_at: row.updated_at, fingerprint: this.#fingerprint(row) });
    }
  }

  /** Forgets what was written before a moment: it will not be met again. */
  forget(moment: Date): void {
    for (const [id, { updated_at }] of this.#rows) if (updated_at < moment) this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
  }

  #fingerprint(row: Row): string {
    const values = [row.updated_at, ...this.#shownOf(row)];
    return values.map((value) => (value instanceof Date ? value.getTime() : value)).join();
  }
}
