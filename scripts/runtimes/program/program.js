// The same program in every runtime: each operation, a query of TanStack Query, an error, and a request that is aborted.
import { createGrantkeeper } from '@grantkeeper/sdk';
import { listMeGrantsOptions } from '@grantkeeper/sdk/react-query';
import { QueryClient } from '@tanstack/react-query';
import { callEverything } from './every-call.js';

/** `silentUrl` is of a server that takes requests and never answers. */
export async function runProgram({ silentUrl, ...setting }) {
  const outcome = await callEverything(setting);

  const { client } = createGrantkeeper({ baseUrl: setting.baseUrl, token: setting.personToken });
  const queries = new QueryClient();
  outcome.queried = (await queries.fetchQuery(listMeGrantsOptions({ client }))).data.length > 1;
  queries.clear();

  const { me } = createGrantkeeper({ baseUrl: silentUrl, token: setting.personToken });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  outcome.aborted = await me.listGrants({ signal: controller.signal }).catch(({ name }) => name);
  return outcome;
}
