/** What each of several owners has of something that is limited. */
export class Shares {
  total = 0;
  readonly #owned = new Map<string, number>();

  /** @param amount negative where the owner gives back */
  add(owner: string, amount: number): void {
    this.total += amount;
    const left = this.of(owner) + amount;
    if (left > 0) this.#owned.set(owner, left);
    else this.#owned.delete(owner);
  }

  /**
   * Whether an owner must not have more of what all have too much of. No owner counts for more than a share: whatever one
   * has, others still get theirs.
   */
  isFullFor(owner: string, more: number, { limit, share }: { limit: number; share: number }): boolean {
    if (this.of(owner) + more > share) return true;
    let counted = more;
    for (const own of this.#owned.values()) counted += Math.min(own, share);
    return counted > limit;
  }

  /** What an owner has. */
  of(owner: string): number {
    return this.#owned.get(owner) ?? 0;
  }
}
