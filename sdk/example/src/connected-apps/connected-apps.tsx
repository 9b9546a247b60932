import type { MeGrant } from '@grantkeeper/sdk';
import { listMeGrantsOptions } from '@grantkeeper/sdk/react-query';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Notice, useNotices } from '../shared/notice.tsx';
import type { PageContent } from '../shared/page.tsx';
import { EmptyState, ErrorState, Skeleton, StaleNote } from '../shared/states.tsx';
import { count } from '../shared/words.ts';
import { type Access, useAccess } from './access.ts';
import { AppCard, type PauseAction } from './app-card.tsx';
import { type App, appsOf, appsWith } from './apps.ts';
import { PauseDialog, ResumeDialog } from './pause-dialog.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

/** What is about to be paused or resumed, and the button that has the focus afterwards. */
interface Pausing {
  action: PauseAction;
  name: string;
  access: Access;
  button: HTMLButtonElement;
}

/** The apps that a person has allowed to act in their name, and the ways to pause that or take it back. */
export function ConnectedApps({ grantkeeper }: PageContent) {
  const { client } = grantkeeper;
  const { data, error, refetch } = useQuery(listMeGrantsOptions({ client }));
  const accesses = useAccess(grantkeeper);
  const [chosen, setChosen] = useState<{ app: App; grants: readonly MeGrant[] }>();
  const [pausing, setPausing] = useState<Pausing>();
  const { last, heading, tell } = useNotices();
  const Pause = pausing?.action === 'resume' ? ResumeDialog : PauseDialog;

  return (
    <div className="column">
      <h1 ref={heading} tabIndex={-1}>
        Connected apps
      </h1>
      <p className="lead">
        Apps that can access your account. Revoke the ones you no longer need, or pause them for a while.
      </p>
      <Notice last={last} />
      {data ? (
        <>
          <StaleNote error={error} onRetry={() => void refetch()} />
          <Apps
            apps={appsOf(data.data, new Date())}
            accesses={accesses}
            onRevoke={setChosen}
            onPause={setPausing}
          />
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton lines={5} />
      )}
      {chosen && (
        <RevokeDialog
          grantkeeper={grantkeeper}
          {...chosen}
          projectNames={accesses.get(chosen.app.client_id)?.projectNames}
          onRevoked={(text) => {
            setChosen(undefined);
            tell(text);
          }}
          onCancel={() => setChosen(undefined)}
        />
      )}
      {pausing && (
        <Pause
          {...{ grantkeeper, name: pausing.name, access: pausing.access }}
          onCancel={() => setPausing(undefined)}
          onDone={(text) => {
            setPausing(undefined);
            tell(text, pausing.button);
          }}
        />
      )}
    </div>
  );
}

interface AppsProps {
  apps: readonly App[];
  accesses: Map<string, Access>;
  onRevoke(chosen: { app: App; grants: readonly MeGrant[] }): void;
  onPause(pausing: Pausing): void;
}

/** From how many apps on there is a field to find one. */
const MANY = 6;

function Apps({ apps, accesses, onRevoke, onPause }: AppsProps) {
  const [text, setText] = useState('');
  if (apps.length === 0) {
    return (
      <EmptyState title="No app is connected">
        <p>When you sign in to an app with this account, it appears here with what it can do.</p>
      </EmptyState>
    );
  }
  const shown = apps.length < MANY ? apps : appsWith(text, apps);
  return (
    <section aria-label={count(apps.length, 'app')}>
      {apps.length >= MANY && (
        <search className="find">
          <div className="field">
            <label>
              Find an app
              <input type="search" value={text} onChange={({ target }) => setText(target.value)} />
            </label>
          </div>
          <p role="status">
            {text.trim() && (shown.length > 0 ? count(shown.length, 'app') : 'No app matches.')}
          </p>
        </search>
      )}
      <ul className="apps">
        {shown.map((app) => {
          const { client_id, name } = app;
          const access = accesses.get(client_id);
          return (
            <AppCard
              key={client_id}
              {...{ app, access }}
              onRevoke={(grants) => onRevoke({ app, grants })}
              onPause={(action, button) => access && onPause({ name, action, access, button })}
            />
          );
        })}
      </ul>
    </section>
  );
}
