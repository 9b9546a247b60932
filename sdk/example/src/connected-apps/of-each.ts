import { ApiError } from '@grantkeeper/sdk';

/**
 * Does something to each grant of an app.
 *
 * @param refusal the code that says that there is nothing to do for a grant any more: an error only if all have it
 * @param onEnd takes for how many grants it was done, before an error is thrown
 */
export async function ofEach<Grant, Result>(
  grants: readonly Grant[],
  refusal: string,
  act: (grant: Grant) => Promise<Result>,
  onEnd: (done: number) => void = () => {},
): Promise<Result[]> {
  const results = await Promise.allSettled(grants.map(act));
  const failed = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  const done = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  onEnd(done.length);
  const worst = failed.find((error) => !(error instanceof ApiError && error.code === refusal));
  if (worst ?? (done.length === 0 && failed.length > 0)) throw worst ?? failed[0];
  return done;
}
