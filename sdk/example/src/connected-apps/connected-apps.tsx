import type { MeGrant } from '@grantkeeper/sdk';
import { listMeGrantsOptions } from '@grantkeeper/sdk/react-query';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { appName } from '../shared/app-name.ts';
import { Notice, useNotices } from '../shared/notice.tsx';
import type { PageContent } from '../shared/page.tsx';
import { EmptyState, ErrorState, Skeleton, StaleNote } from '../shared/states.tsx';
import { count } from '../shared/words.ts';
import { AppCard } from './app-card.tsx';
import { RevokeDialog } from './revoke-dialog.tsx';

/** The apps that a person has allowed to act in their name, and the way to take that back. */
export function ConnectedApps({ grantkeeper }: PageContent) {
  const { client } = grantkeeper;
  const { data, error, refetch } = useQuery(listMeGrantsOptions({ client }));
  const [chosen, setChosen] = useState<MeGrant>();
  const { last, heading, tell } = useNotices();

  function revoked({ client_name }: MeGrant) {
    setChosen(undefined);
    tell(`${appName(client_name)} no longer has access.`);
  }

  return (
    <div className="column">
      <h1 ref={heading} tabIndex={-1}>
        Connected apps
      </h1>
      <p className="lead">Apps that can access your account. Revoke the ones you no longer need.</p>
      <Notice last={last} />
      {data ? (
        <>
          <StaleNote error={error} onRetry={() => void refetch()} />
          <Apps grants={data.data} onRevoke={setChosen} />
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
    </div>
  );
}

function Apps({ grants, onRevoke }: { grants: MeGrant[]; onRevoke(grant: MeGrant): void }) {
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
        {grants.map((grant) => (
          <AppCard key={grant.id} grant={grant} onRevoke={() => onRevoke(grant)} />
        ))}
      </ul>
    </section>
  );
}
