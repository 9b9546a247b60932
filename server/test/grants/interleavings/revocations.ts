/** Which moment a revocation promises something of: what is there when somebody asks for it. */
export class Revocations {
  /** Of each process, when those that are under way were begun. */
  readonly #underWay = new Map<string, Set<{ moment: number }>>();
  readonly #batches = new Map<string, number>();

  /** Does what somebody asks of a process. */
  async during(process: string, moment: number, work: () => Promise<void>): Promise<void> {
    const underWay = this.#underWay.get(process) ?? new Set();
    const asked = { moment };
    this.#underWay.set(process, underWay.add(asked));
    await work();
    underWay.delete(asked);
  }

  /**
   * A batch was written, whose id begins with the process: it belongs to one of those under way there. If none is, it
   * revokes a grant whose suspension is over, and promises something of now.
   */
  begin(batch: string, now: number): void {
    if (this.#batches.has(batch)) return;
    const [process = ''] = batch.split('#');
    const moments = Array.from(this.#underWay.get(process) ?? [], ({ moment }) => moment);
    this.#batches.set(batch, Math.min(now, ...moments));
  }

  /** The moment before which the rows of a batch were there. */
  momentOf(batch: string): number | undefined {
    return this.#batches.get(batch);
  }
}
