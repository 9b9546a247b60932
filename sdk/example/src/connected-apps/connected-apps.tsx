import type { MeGrant } from '@grantkeeper/sdk';
import { listMeGrantsOptions } from '@grantkeeper/sdk/react-query';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { appName } from '../shared/app-name.ts';
import { Notice, useNotices } from '../shared/notice.tsx';
import type { PageContent } from '../shared/page.tsx';
import { EmptyState, ErrorState, Skeleton, StaleNote } from '../shared/states.tsx';
import { count } from '../shared/words.ts';
import { type Access, useAccess } from './access.ts';
import { AppCard, type PauseAction } from './app-card.tsx';
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
  const [chosen, setChosen] = useState<MeGrant>();
  const [pausing, setPausing] = useState<Pausing>();
  const { last, heading, tell } = useNotices();
  const Pause = pausing?.action === 'resume' ? ResumeDialog : PauseDialog;

  function revoked({ client_name }: MeGrant) {
    setChosen(undefined);
    tell(`${appName(client_name)} no longer has access.`);
  }

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
            grants={data.data}
            accesses={accesses}
            onRevoke={setChosen}
            onPause={({ client_name }, pausing) => setPausing({ name: appName(client_name), ...pausing })}
          />
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton lines={5} />
      )}
      {chosen && (
        <RevokeDialog
          client={client}
          grant={chosen}
          onRevoked={() => revoked(chosen)}
          onCancel={() => setChosen(undefined)}
        />
      )}
      {pausing && (
        <Pause
          {...{ grantkeeper, name: pausing.name, access: pausing.access }}
          onCancel={() => {
            setPausing(undefined);
            // There may be nothing to pause since it was refused.
            if (!pausing.button.isConnected) tell('');
          }}
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
  grants: MeGrant[];
  accesses: Map<string, Access>;
  onRevoke(grant: MeGrant): void;
  onPause(grant: MeGrant, pausing: Omit<Pausing, 'name'>): void;
}

function Apps({ grants, accesses, onRevoke, onPause }: AppsProps) {
  if (grants.length === 0) {
    return (
      <EmptyState title="No app is connected">
        <p>When you sign in to an app with this account, it appears here with what it can do.</p>
      </EmptyState>
    );
  }
  return (
    <section aria-label={count(grants.length, 'app')}>
      <ul className="apps">
        {grants.map((grant) => {
          const access = accesses.get(grant.client_id);
          return (
            <AppCard
              key={grant.id}
              {...{ grant, access }}
              onRevoke={() => onRevoke(grant)}
              onPause={(action, button) => access && onPause(grant, { action, access, button })}
            />
          );
        })}
      </ul>
    </section>
  );
}
