interface Met {
  _id: string;
  updated_at: Date;
  /** A hash of what the read model takes from it. */
  fingerprint: bigint;
}

/**
 * What a process has taken in already, and what it was then: nobody else's business, and lost with the process. Two
 * writes in one millisecond differ in their fingerprint, not in date.
 */
export class Seen {
  #rows = new Map<string, Pick<Met, 'updated_at' | 'fingerprint'>>();

  has({ _id, fingerprint }: Met): boolean {
    return this.#rows.get(String(_id))?.fingerprint === fingerprint;
  }

  remember(rows: Met[]): void {
    for (const { _id, updated_at, fingerprint } of rows)
      this.#rows.set(String(_id), { updated_at, fingerprint });
  }

  /** Forgets what was written before a moment: it will not be met again. */
  forget(moment: Date): void {
    for (const [id, { updated_at }] of this.#rows) if (updated_at < moment) this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
  }
}
