import { isDeepStrictEqual } from 'node:util';
import { grantsOf } from '../../../server/test/grants/reference.ts';
import { ACCOUNT } from '../world.ts';
import type { Evidence } from './evidence.ts';
import { checkSuspensions } from './suspensions.ts';

/** Grants are what their rows say, by grouping from scratch, and nothing is under way any more. */
export function* checkGrants({ snapshot }: Evidence): Generator<string> {
  const { open, differences, tokens: refreshTokens, consents, listed } = snapshot;
  for (const [what, count] of Object.entries(open)) if (count > 0) yield `${count} ${what} are left open`;
  for (const difference of differences) yield `the read model differs from the rows: ${difference}`;
  yield* checkSuspensions(snapshot);
  const all = grantsOf({ refreshTokens, consents, clients: [], users: [] }, new Date());
  const expected = new Map(
    all.flatMap((grant) => (grant.account_id === ACCOUNT ? [[grant.grant_id, grant] as const] : [])),
  );
  for (const [server, { grants }] of listed.entries()) {
    if (grants.length !== expected.size)
      yield `server ${server} lists ${grants.length} grants, not ${expected.size}`;
    for (const { suspended_until, ...grant } of grants) {
      if (!isDeepStrictEqual(grant, expected.get(grant.grant_id)))
        yield `server ${server} lists a wrong grant: ${JSON.stringify(grant)}`;
    }
  }
}
