// A page that calls every operation through TanStack Query, and writes what came of it as JSON.
import { createClient } from '@grantkeeper/sdk';
import * as api from '@grantkeeper/sdk/react-query';
import {
  QueryClient,
  QueryClientProvider,
  useInfiniteQuery,
  useMutation,
  useQuery,
} from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';

const setting = JSON.parse(document.body.dataset.setting ?? '{}');
const { baseUrl, verificationId } = setting;
const admin = createClient({ baseUrl, token: setting.adminToken });
const person = createClient({ baseUrl, token: setting.personToken });
const management = createClient({ baseUrl, token: setting.managementToken });
const headers = { 'logto-verification-id': verificationId };
const application = { applicationId: 'app_ekko_02' };

function useReading() {
  const list = useQuery(api.listOAuthGrantsOptions({ client: admin, query: { limit: 2 } }));
  const pages = useInfiniteQuery({
    ...api.listOAuthGrantsInfiniteOptions({ client: admin, query: { limit: 60 } }),
    initialPageParam: api.firstGrantsPage,
    getNextPageParam: api.nextGrantsPage,
  });
  const grant_id = list.data?.grants[0]?.grant_id ?? '';
  const one = useQuery({
    ...api.getOAuthGrantOptions({ client: admin, path: { grant_id } }),
    enabled: grant_id !== '',
  });
  const account = useQuery(api.listMyAccountGrantsOptions({ client: person, headers }));
  const me = useQuery(api.listMeGrantsOptions({ client: person }));
  const scopes = useQuery(api.listUserConsentScopesOptions({ client: management, path: application }));
  const broken = useQuery({
    ...api.listOAuthGrantsOptions({ client: admin, query: { limit: 0 } }),
    retry: false,
  });
  useEffect(() => {
    if (pages.hasNextPage && !pages.isFetching) void pages.fetchNextPage();
  });
  return { list, pages, one, account, me, scopes, broken };
}

function useWriting() {
  return {
    revoke: useMutation(api.revokeOAuthGrantMutation({ client: admin })),
    revokeMany: useMutation(api.revokeOAuthGrantsMutation({ client: admin })),
    revokeMine: useMutation(api.revokeMyAccountGrantMutation({ client: person, headers })),
    revokeNewest: useMutation(api.revokeMeGrantMutation({ client: person })),
    assign: useMutation(api.assignUserConsentScopesMutation({ client: management, path: application })),
    remove: useMutation(api.removeUserConsentScopeMutation({ client: management })),
  };
}

function Page() {
  const { list, pages, one, account, me, scopes, broken } = useReading();
  const { revoke, revokeMany, revokeMine, revokeNewest, assign, remove } = useWriting();
  const begun = useRef(false);
  const [written, setWritten] = useState<object>();
  const listed = pages.data && !pages.hasNextPage;
  const read = listed && one.data && account.data && me.data && scopes.data && broken.error;

  async function write() {
    const [first, second] = list.data?.grants ?? [];
    const [mine] = account.data?.grants ?? [];
    // The newest of the grants may be the one that the person has just taken back.
    const newest = me.data?.data.find(({ id }) => id !== mine?.id);
    if (!first || !second || !mine || !newest) throw new Error('there is too little to take back');
    const one = await revoke.mutateAsync({ client: admin, path: { grant_id: first.grant_id } });
    const many = await revokeMany.mutateAsync({ client: admin, body: { grant_ids: [second.grant_id] } });
    await revokeMine.mutateAsync({ client: person, headers, path: { grantId: mine.id } });
    await revokeNewest.mutateAsync({ client: person, path: { grantId: newest.id } });
    await assign.mutateAsync({ client: management, path: application, body: { userScopes: ['roles'] } });
    const path = { ...application, scopeType: 'user-scopes', scopeId: 'roles' } as const;
    await remove.mutateAsync({ client: management, path });
    return { revoked: one.revoked_tokens > 0, revokedMany: many.revoked_tokens > 0 };
  }

  useEffect(() => {
    if (!read || begun.current) return;
    begun.current = true;
    write().then(setWritten, (error) => setWritten({ error: String(error) }));
  });

  if (!written) return <p>Loading</p>;
  const all = pages.data?.pages ?? [];
  const outcome = {
    ...written,
    foundAll:
      new Set(all.flatMap(({ grants }) => grants.map(({ grant_id }) => grant_id))).size ===
      all[0]?.total_count,
    gotFirst: one.data?.grant_id === list.data?.grants[0]?.grant_id,
    userScopes: Array.isArray(scopes.data?.userScopes),
    error: broken.error?.name,
  };
  return <output>{JSON.stringify(outcome)}</output>;
}

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(
  <QueryClientProvider client={new QueryClient()}>
    <Page />
  </QueryClientProvider>,
);
