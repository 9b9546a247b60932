import type { Grantkeeper, OAuthGrant } from '@grantkeeper/sdk';
import { type ReactNode, useId, useState } from 'react';
import { appName } from '../shared/app-name.ts';
import { nameOf, projectName, userName } from '../shared/grant-name.ts';
import { When } from '../shared/time.tsx';
import { ViewLink } from '../shared/view-link.tsx';
import { type GrantAction, GrantActions, isRevocable } from './grant-actions.tsx';
import { GrantDetails } from './grant-details.tsx';
import { GrantHistory } from './grant-history.tsx';
import { addressOf, type Filter, readView, type View } from './view.ts';

interface GrantRowProps {
  grantkeeper: Grantkeeper;
  grant: OAuthGrant;
  /** All grants on the page. */
  known: OAuthGrant[];
  changeView(change: Partial<View>): void;
  isMarked: boolean;
  onMark(isMarked: boolean): void;
  onAct(action: GrantAction, button: HTMLButtonElement): void;
}

/**
 * One grant, which opens to its details and its history. Its client, user and resource are links to all the grants that
 * share them.
 */
export function GrantRow(props: GrantRowProps) {
  const { grantkeeper, grant, known, changeView, isMarked, onMark, onAct } = props;
  const { client_id, user_id, user_email, project_id, resource, scope } = grant;
  const user = userName(grant) ?? user_id;
  const project = projectName(grant);
  const [isOpen, setIsOpen] = useState(false);
  const opened = useId();
  return (
    <>
      <tr data-marked={isMarked} data-open={isOpen}>
        <td className="tick">
          <input
            type="checkbox"
            aria-label={`Select ${nameOf(grant)}`}
            checked={isMarked}
            disabled={!isRevocable(grant)}
            onChange={(event) => onMark(event.currentTarget.checked)}
          />
        </td>
        <th scope="row">
          <FilterLink name="client_id" value={client_id} changeView={changeView}>
            <bdi>{appName(grant)}</bdi>
          </FilterLink>
          <small>{client_id}</small>
        </th>
        <td>
          <FilterLink name="user_id" value={user_id} changeView={changeView}>
            <bdi>{user}</bdi>
          </FilterLink>
          {user_email !== user && <small>{user_email ?? 'no address'}</small>}
        </td>
        <td>
          {resource ? (
            <FilterLink name="resource" value={resource} changeView={changeView}>
              {resource.replace(/^https:\/\/|\/$/g, '')}
            </FilterLink>
          ) : (
            'no resource'
          )}
          <small>{scope.filter((one) => one !== `project:${project_id}`).join(' ')}</small>
          {project && (
            <small title={project_id}>
              in <bdi>{project}</bdi>
            </small>
          )}
        </td>
        <td>
          <Status grant={grant} />
        </td>
        <TimeCell label="Granted" at={grant.granted_at} none="" />
        <TimeCell label="Last used" at={grant.last_used_at} none="never" />
        <TimeCell label="Expires" at={grant.expires_at} none="never" />
        <td>
          <GrantActions {...{ grant, onAct, opened, isOpen }} onOpen={setIsOpen} />
        </td>
      </tr>
      {isOpen && (
        <tr id={opened} className="opened">
          <td colSpan={9}>
            <GrantDetails grant={grant} />
            <GrantHistory {...{ grantkeeper, grant, known }} />
          </td>
        </tr>
      )}
    </>
  );
}

/** A suspended grant keeps its status, but says what matters more. */
function Status({ grant: { status, suspended_until } }: { grant: OAuthGrant }) {
  return (
    <>
      <span className="status" data-status={suspended_until ? 'suspended' : status}>
        {suspended_until ? 'suspended' : status}
      </span>
      {suspended_until && (
        <small>
          revoked <When at={suspended_until} />
        </small>
      )}
    </>
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
    <ViewLink
      search={addressOf({ ...readView(location.search), offset: 0, [name]: value })}
      title={value}
      onFollow={() => changeView({ [name]: value })}
    >
      {children}
    </ViewLink>
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
