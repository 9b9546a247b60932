import type { MeGrant } from '@grantkeeper/sdk';
import { useId, useRef } from 'react';
import { appName } from '../shared/app-name.ts';
import { inWords } from '../shared/scopes.ts';
import { When } from '../shared/time.tsx';
import type { Access } from './access.ts';
import { Logo } from './logo.tsx';

interface AppCardProps {
  grant: MeGrant;
  /** What it can do now; undefined if nothing, or if that is not known. */
  access: Access | undefined;
  onRevoke(): void;
  /** Gives the button for the focus to come back to. */
  onPause(action: PauseAction, button: HTMLButtonElement): void;
}

/** What can be done with the access of an app, short of revoking it. */
export type PauseAction = 'pause' | 'resume';

/** One app: what it is, what it may do, since when, and buttons to pause that or take it back. */
export function AppCard({ grant, access, onRevoke, onPause }: AppCardProps) {
  const { client_name, client_uri, is_first_party, scopes_granted, granted_at, last_used_at } = grant;
  const name = appName(client_name);
  const since = useId();
  const toggle = useRef<HTMLButtonElement>(null);
  const action = access?.pausedUntil ? 'resume' : 'pause';
  const label = action === 'resume' ? 'Resume access' : 'Pause access';
  return (
    <li className="app">
      <Logo grant={grant} />
      <div>
        <h2>
          <span title={client_name}>{name}</span>
          {is_first_party && <span className="mark">By Vertesia</span>}
          {access?.pausedUntil && (
            <span className="mark">{access.isPartlyPaused ? 'Paused in part' : 'Paused'}</span>
          )}
        </h2>
        <Homepage uri={client_uri} />
        <May scopes={scopes_granted} />
        <p className="since" id={since}>
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
        {access?.pausedUntil && (
          <p className="paused">
            Loses its access for good <When at={access.pausedUntil} />, unless it is resumed.
          </p>
        )}
      </div>
      <div className="buttons">
        {access && (
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
        )}
        {access?.isPartlyPaused && (
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
        <button
          type="button"
          className="button"
          aria-label={`Revoke ${name}`}
          aria-describedby={since}
          onClick={onRevoke}
        >
          Revoke
        </button>
      </div>
    </li>
  );
}

/** What scopes allow, in words. */
export function May({ scopes }: { scopes: string[] }) {
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
          Only in the project <code>{project}</code>
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
