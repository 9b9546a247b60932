import type { Grantkeeper, OAuthGrantListResponse } from '@grantkeeper/sdk';
import { useState } from 'react';
import { EmptyState } from '../shared/states.tsx';
import { GrantsTable } from './grants-table.tsx';
import { Paging } from './paging.tsx';
import { type Choice, RevokeManyDialog } from './revoke-many-dialog.tsx';
import { Toolbar } from './toolbar.tsx';
import { matching, type View } from './view.ts';

interface GrantsListProps {
  grantkeeper: Grantkeeper;
  page: OAuthGrantListResponse;
  view: View;
  changeView(change: Partial<View>): void;
  /** Another page, or a fresher one, is on its way. */
  busy: boolean;
  /** Something was revoked: says what. */
  onRevoked(text: string): void;
}

/** One page of grants, and what can be done with them. What is selected is always on the page. */
export function GrantsList({ grantkeeper, page, view, changeView, busy, onRevoked }: GrantsListProps) {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [choice, setChoice] = useState<Choice>();
  const selected = page.grants.filter(({ grant_id }) => marked.has(grant_id));
  const all = matching(view);

  if (page.total_count === 0) return <NoGrants status={view.status} />;
  return (
    <>
      <Toolbar
        selected={selected.length}
        total={page.total_count}
        // A revoked grant has nothing left to revoke.
        canRevokeAll={all !== undefined && view.status !== 'revoked'}
        onRevokeSelected={() => setChoice({ grants: selected })}
        onRevokeAll={() => all && setChoice({ all, total: page.total_count, view })}
        onClear={() => setMarked(new Set())}
      />
      <GrantsTable {...{ grants: page.grants, view, changeView, busy, marked, onMark: setMarked }} />
      <Paging page={page} onTurn={(offset) => changeView({ offset })} />
      {choice && (
        <RevokeManyDialog
          grantkeeper={grantkeeper}
          choice={choice}
          onCancel={() => setChoice(undefined)}
          onRevoked={(text) => {
            setChoice(undefined);
            setMarked(new Set());
            onRevoked(text);
          }}
        />
      )}
    </>
  );
}

function NoGrants({ status }: { status: View['status'] }) {
  return (
    <EmptyState title="No grants">
      <p>
        There is no {status === 'all' ? '' : `${status} `}grant that you may see and that matches. Other
        filters may find some.
      </p>
    </EmptyState>
  );
}
