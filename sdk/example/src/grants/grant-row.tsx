import type { OAuthGrant } from '@grantkeeper/sdk';
import type { ReactNode } from 'react';
import { appName } from '../shared/app-name.ts';
import { When } from '../shared/time.tsx';
import { addressOf, type Filter, readView, type View } from './view.ts';

interface GrantRowProps {
  grant: OAuthGrant;
  changeView(change: Partial<View>): void;
  isMarked: boolean;
  onMark(isMarked: boolean): void;
}

/** One grant. Its client, user and resource are links to all the grants that share them. */
export function GrantRow({ grant, changeView, isMarked, onMark }: GrantRowProps) {
  const { client_id, client_name, user_id, user_name, user_email, project_id, resource, scope, status } =
    grant;
  const user = user_name ?? user_email ?? user_id;
  return (
    <tr data-marked={isMarked}>
      <td>
        <input
          type="checkbox"
          aria-label={`Select ${appName(client_name)}, ${user}`}
          checked={isMarked}
          disabled={status === 'revoked'}
          onChange={(event) => onMark(event.currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <FilterLink name="client_id" value={client_id} changeView={changeView}>
          {appName(client_name)}
        </FilterLink>
        <small>{client_id}</small>
      </th>
      <td>
        <FilterLink name="user_id" value={user_id} changeView={changeView}>
          {user}
        </FilterLink>
        {user_email !== user && <small>{user_email ?? 'no address'}</small>}
      </td>
      <td>
        <FilterLink name="resource" value={resource} changeView={changeView}>
          {resource.replace(/^https:\/\/|\/$/g, '')}
        </FilterLink>
        <small>{scope.filter((one) => one !== `project:${project_id}`).join(' ')}</small>
      </td>
      <td>
        <span className="status" data-status={status}>
          {status}
        </span>
      </td>
      <TimeCell label="Granted" at={grant.granted_at} none="" />
      <TimeCell label="Last used" at={grant.last_used_at} none="never" />
      <TimeCell label="Expires" at={grant.expires_at} none="never" />
    </tr>
  );
}

interface FilterLinkProps {
  name: Filter;
  value: string;
  changeView(change: Partial<View>): void;
  children: ReactNode;
}

function FilterLink({ name, value, changeView, children }: FilterLinkProps) {
  return (
    <a
      href={addressOf({ ...readView(location.search), offset: 0, [name]: value })}
      title={value}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        changeView({ [name]: value });
      }}
    >
      {children}
    </a>
  );
}

/** The label is seen where the table is too narrow for columns. */
function TimeCell({ label, at, none }: { label: string; at: string | undefined; none: string }) {
  return (
    <td className="time" data-label={label}>
      {at ? <When at={at} /> : none}
    </td>
  );
}
