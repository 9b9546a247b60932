/**
 * Work whose result several callers share: those that ask while it goes on, and those that ask within so many milliseconds
 * of its begin. An error is shared, too.
 *
 * @param now in milliseconds
 */
export function sharedFor<Result>(
  milliseconds: number,
  now: () => number,
  work: () => Promise<Result>,
): () => Promise<Result> {
  let latest: Promise<Result> | undefined;
  let isUnderWay = false;
  let begun = 0;
  return () => {
    const age = now() - begun;
    // A clock may be set back.
    if (latest && (isUnderWay || (age >= 0 && age < milliseconds))) return latest;
    begun = now();
    latest = work().finally(() => {
      isUnderWay = false;
    });
    isUnderWay = true;
    return latest;
  };
}
