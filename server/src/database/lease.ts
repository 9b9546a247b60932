/*
 * What all leases have in common: they last for a while by the database's clock, and their holder renews them until it is
 * done. If it dies, another process takes over.
 */

/** Expression: whether the lease that ends at a field has run out, or there is none. */
export function isOver(until: string): object {
  return { $lte: [{ $ifNull: [until, new Date(0)] }, '$$NOW'] };
}

/** Expression: whether a date is at least so many milliseconds ago, by the database's clock, or there is none. */
export function isOlder(date: unknown, milliseconds: number): object {
  return { $lte: [{ $ifNull: [date, new Date(0)] }, { $subtract: ['$$NOW', milliseconds] }] };
}

/** Expression: when a lease ends that lasts so many milliseconds from now. */
export function lasting(milliseconds: number): object {
  return { $add: ['$$NOW', milliseconds] };
}

/**
 * Renews something every so many milliseconds. A renewal that fails is made up for by the next.
 *
 * @returns ends it
 */
export function keepRenewing(
  renew: () => Promise<unknown>,
  every: number,
  onFailure: (error: unknown) => void,
): () => void {
  const timer = setInterval(() => void renew().catch(onFailure), every).unref();
  return () => clearInterval(timer);
}
