import type { OAuthGrant } from '@grantkeeper/sdk';
import type { ReactNode } from 'react';
import { Id } from '../events/id.tsx';
import { appName } from '../shared/app-name.ts';
import { nameOf, projectName, userName } from '../shared/grant-name.ts';
import { exactly, When } from '../shared/time.tsx';
import { written } from '../shared/words.ts';

/** Everything that is known of a grant, by names where there are names. */
export function GrantDetails({ grant }: { grant: OAuthGrant }) {
  const { client_id, user_id, user_email, account_id, project_id } = grant;
  const { suspended_until } = grant;
  const user = userName(grant);
  return (
    <dl className="details" aria-label={`Details of ${nameOf(grant)}`}>
      <Detail term="Client">
        <bdi>{appName(grant)}</bdi> <code>{client_id}</code>
      </Detail>
      <Detail term="User">
        <bdi>{user}</bdi> {user_email !== user && user_email} <code>{user_id}</code>
      </Detail>
      <Detail term="Account">
        <code>{account_id}</code>
      </Detail>
      <Detail term="Project">
        <bdi>{projectName(grant)}</bdi> {project_id ? <code>{project_id}</code> : 'none'}
      </Detail>
      <Detail term="Resource">{grant.resource || 'none'}</Detail>
      <Detail term="Scope">{grant.scope.join(' ') || 'none'}</Detail>
      <Detail term="Status">
        {grant.status}
        {suspended_until && (
          <>
            , suspended until <Moment at={suspended_until} />
          </>
        )}
      </Detail>
      <Detail term="Refresh tokens">{written(grant.token_count)}</Detail>
      <Detail term="Granted">
        <Moment at={grant.granted_at} />
      </Detail>
      <Detail term="First token">
        <Moment at={grant.created_at} />
      </Detail>
      <Detail term="Last used">
        <Moment at={grant.last_used_at} />
      </Detail>
      <Detail term="Expires">
        <Moment at={grant.expires_at} />
      </Detail>
      <Detail term="Grant id">
        <Id of="grant" id={grant.grant_id} />
      </Detail>
    </dl>
  );
}

function Detail({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The exact time, and how far that is from now. */
function Moment({ at }: { at: string | undefined }) {
  if (at === undefined) return 'never';
  return (
    <>
      {exactly(at)} (<When at={at} />)
    </>
  );
}
