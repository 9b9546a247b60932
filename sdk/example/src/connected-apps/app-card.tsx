import type { MeGrant } from '@grantkeeper/sdk';
import { useId, useRef } from 'react';
import { inWords } from '../shared/scopes.ts';
import { When } from '../shared/time.tsx';
import type { Access } from './access.ts';
import type { App } from './apps.ts';
import { Logo } from './logo.tsx';

interface AppCardProps {
  app: App;
  /** What it can do now; undefined if nothing, or if that is not known. */
  access: Access | undefined;
  onRevoke(grants: readonly MeGrant[]): void;
  /** Gives the button for the focus to come back to. */
  onPause(action: PauseAction, button: HTMLButtonElement): void;
}

/** What can be done with the access of an app, short of revoking it. */
export type PauseAction = 'pause' | 'resume';

/** One app: what it is, what each of its grants allows, since when, and buttons to pause that or take it back. */
export function AppCard({ app, access, onRevoke, onPause }: AppCardProps) {
  const { name, grants } = app;
  const [{ client_name, client_uri, is_first_party }] = grants;
  const id = useId();
  const sinceOf = (grant: MeGrant) => `${id}-${grant.id}`;
  const since = grants.map(sinceOf).join(' ');
  return (
    <li className="app">
      <Logo grant={grants[0]} />
      <div>
        <h2>
          <bdi title={client_name}>{name}</bdi>
          {is_first_party && <span className="mark">By Vertesia</span>}
          {access?.pausedUntil && (
            <span className="mark">{access.isPartlyPaused ? 'Paused in part' : 'Paused'}</span>
          )}
          {app.isUnused && <span className="mark">Not used for a long time</span>}
        </h2>
        <Homepage uri={client_uri} />
        {app.hasFullAccess && !is_first_party && (
          <p className="warning">
            It has full access to your account. Revoke it if you do not know this app.
          </p>
        )}
        {grants.map((grant) => (
          <div className="allowed" key={grant.id}>
            <May scopes={grant.scopes_granted} projectNames={access?.projectNames} />
            <Since grant={grant} id={sinceOf(grant)} />
            {grants.length > 1 && (
              <button
                type="button"
                className="link"
                aria-label={`Revoke this access of ${name}`}
                aria-describedby={sinceOf(grant)}
                onClick={() => onRevoke([grant])}
              >
                Revoke this access
              </button>
            )}
          </div>
        ))}
        {access?.pausedUntil && (
          <p className="paused">
            Loses its access for good <When at={access.pausedUntil} />, unless it is resumed.
          </p>
        )}
      </div>
      <div className="buttons">
        {access && <PauseButtons {...{ name, access, since, onPause }} />}
        <button
          type="button"
          className="button"
          aria-label={`${grants.length > 1 ? 'Revoke all of' : 'Revoke'} ${name}`}
          aria-describedby={since}
          onClick={() => onRevoke(grants)}
        >
          {grants.length > 1 ? 'Revoke all' : 'Revoke'}
        </button>
      </div>
    </li>
  );
}

interface PauseButtonsProps extends Pick<AppCardProps, 'onPause'> {
  name: string;
  access: Access;
  /** The ids of what describes the buttons. */
  since: string;
}

function PauseButtons({ name, access, since, onPause }: PauseButtonsProps) {
  const toggle = useRef<HTMLButtonElement>(null);
  const action = access.pausedUntil ? 'resume' : 'pause';
  const label = action === 'resume' ? 'Resume access' : 'Pause access';
  return (
    <>
      <button
        ref={toggle}
        type="button"
        className="button"
        aria-label={`${label} of ${name}`}
        aria-describedby={since}
        onClick={({ currentTarget }) => onPause(action, currentTarget)}
      >
        {label}
      </button>
      {access.isPartlyPaused && (
        <button
          type="button"
          className="button"
          aria-label={`Pause the rest of ${name}`}
          aria-describedby={since}
          // Once nothing is left to pause, this button is gone.
          onClick={() => toggle.current && onPause('pause', toggle.current)}
        >
          Pause the rest
        </button>
      )}
    </>
  );
}

function Since({ grant: { granted_at, last_used_at }, id }: { grant: MeGrant; id: string }) {
  return (
    <p className="since" id={id}>
      Allowed <When at={granted_at} />
      <span aria-hidden="true"> · </span>
      {last_used_at === null ? (
        'never used'
      ) : (
        <>
          last used <When at={last_used_at} />
        </>
      )}
    </p>
  );
}

interface MayProps {
  scopes: string[];
  /** By their ids; a project without one is shown by its id. */
  projectNames?: Access['projectNames'] | undefined;
}

/** What scopes allow, in words. */
export function May({ scopes, projectNames }: MayProps) {
  const { may, projects } = inWords(scopes);
  return (
    <>
      {may.length === 0 && <p>It cannot do anything.</p>}
      <ul className="may" aria-label="It may">
        {may.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
      {projects.map((project) => (
        <p className="only" key={project}>
          Only in the project{' '}
          {projectNames?.get(project) ? (
            <bdi title={project}>{projectNames.get(project)}</bdi>
          ) : (
            <code>{project}</code>
          )}
        </p>
      ))}
    </>
  );
}

function Homepage({ uri }: { uri: string | null }) {
  // Nothing but a web page is linked to: the address comes from whoever registered the app.
  if (!uri || !URL.canParse(uri) || !/^https?:\/\//.test(uri)) return null;
  return (
    <a className="homepage" href={uri} rel="noreferrer" target="_blank">
      {new URL(uri).host}
      <span className="unseen"> (opens in a new tab)</span>
    </a>
  );
}
