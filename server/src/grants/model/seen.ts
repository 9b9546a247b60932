interface Met {
  _id: string;
  updated_at: Date;
}

/** What a process has met already, and how it looked then: nobody else's business, and lost with the process. */
export class Seen<Row extends Met> {
  readonly #looksOf: (row: Row) => string;
  #rows = new Map<string, { updated_at: Date; looks: string }>();
  #epoch: string | undefined;

  constructor(looksOf: (row: Row) => string) {
    this.#looksOf = looksOf;
  }

  /** What was met in another epoch of the model counts for nothing. */
  enter(epoch: string | undefined): void {
    if (epoch !== this.#epoch) this.#rows.clear();
    this.#epoch = epoch;
  }

  async newOnes(rows: AsyncIterable<Row>): Promise<Row[]> {
    const found: Row[] = [];
    for await (const row of rows)
      if (this.#rows.get(String(row._id))?.looks !== this.#looksOf(row)) found.push(row);
    return found;
  }

  remember(rows: Row[]): void {
    for (const row of rows) {
      this.#rows.set(String(row._id), { updated_at: row.updated_at, looks: this.#looksOf(row) });
    }
  }

  /** Forgets what was written before a moment. */
  forget(moment: Date): void {
    for (const [id, { updated_at }] of this.#rows) if (updated_at < moment) this.#rows.delete(id);
  }
}
