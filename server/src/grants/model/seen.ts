interface Met {
  _id: string;
  updated_at: Date;
  /** A hash of what the read model takes from it. */
  looks: bigint;
}

/**
 * What a process has taken in already, and how it looked then: nobody else's business, and lost with the process. Two
 * writes in one millisecond differ in looks, not in date.
 */
export class Seen {
  #rows = new Map<string, Pick<Met, 'updated_at' | 'looks'>>();

  has({ _id, looks }: Met): boolean {
    return this.#rows.get(String(_id))?.looks === looks;
  }

  remember(rows: Met[]): void {
    for (const { _id, updated_at, looks } of rows) this.#rows.set(String(_id), { updated_at, looks });
  }

  /** Forgets what was written before a moment: it will not be met again. */
  forget(moment: Date): void {
    for (const [id, { updated_at }] of this.#rows) if (updated_at < moment) this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
  }
}
