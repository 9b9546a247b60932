import type { Grantkeeper, OAuthGrant, OAuthGrantListResponse } from '@grantkeeper/sdk';
import { type ReactNode, useState } from 'react';
import { EmptyState } from '../shared/states.tsx';
import { Export } from './export.tsx';
import { type GrantAction, isRevocable } from './grant-actions.tsx';
import { GrantsTable } from './grants-table.tsx';
import { Paging } from './paging.tsx';
import { type Choice, RevokeManyDialog } from './revoke-many-dialog.tsx';
import { RestoreDialog, SuspendDialog } from './suspend-dialog.tsx';
import { Toolbar } from './toolbar.tsx';
import { FILTERS, matching, type View } from './view.ts';

interface GrantsListProps {
  grantkeeper: Grantkeeper;
  page: OAuthGrantListResponse;
  view: View;
  changeView(change: Partial<View>): void;
  /** The page is not yet that of the view, which is on its way. */
  busy: boolean;
  /** Something was done: says what, and what had the focus, if it is still there. */
  onDone(text: ReactNode, focus?: HTMLElement): void;
}

/** What is about to be suspended or restored, and the button that asked for it. */
interface Suspending {
  action: Exclude<GrantAction, 'revoke'>;
  grant: OAuthGrant;
  button: HTMLButtonElement;
}

const NONE: ReadonlySet<string> = new Set();

/** One page of grants, and what can be done with them. What is selected is on the page, and can be revoked. */
export function GrantsList({ grantkeeper, page, view, changeView, busy, onDone }: GrantsListProps) {
  const [marks, setMarks] = useState({ view, ids: NONE });
  // What was selected in another view is not selected in this one.
  const marked = marks.view === view ? marks.ids : NONE;
  const mark = (ids: ReadonlySet<string>) => setMarks({ view, ids });
  const [choice, setChoice] = useState<Choice>();
  const [suspending, setSuspending] = useState<Suspending>();
  const Suspend = suspending?.action === 'restore' ? RestoreDialog : SuspendDialog;
  // What was selected may have been revoked in another window.
  const selected = page.grants.filter((grant) => isRevocable(grant) && marked.has(grant.grant_id));
  const all = matching(view, page.grants[0]?.account_id);
  const act = (action: GrantAction, grant: OAuthGrant, button: HTMLButtonElement) => {
    if (action === 'revoke') setChoice({ grants: [grant] });
    else setSuspending({ action, grant, button });
  };

  return (
    <>
      {page.total_count === 0 ? (
        <NoGrants view={view} />
      ) : (
        <>
          <Toolbar
            selected={selected.length}
            total={page.total_count}
            // A revoked grant has nothing left to revoke, and of a page on its way nobody knows how many match.
            canRevokeAll={all !== undefined && view.status !== 'revoked' && !busy}
            onRevokeSelected={() => setChoice({ grants: selected })}
            onRevokeAll={() => all && setChoice({ all, total: page.total_count, view })}
            onClear={() => mark(NONE)}
          />
          <GrantsTable
            {...{
              grantkeeper,
              grants: page.grants,
              view,
              changeView,
              busy,
              marked: new Set(selected.map(({ grant_id }) => grant_id)),
              onMark: mark,
              onAct: act,
            }}
          />
          <Paging {...{ page, view, changeView }} />
          <Export {...{ grantkeeper, view }} total={page.total_count} />
        </>
      )}
      {choice && (
        <RevokeManyDialog
          grantkeeper={grantkeeper}
          choice={choice}
          onCancel={() => setChoice(undefined)}
          onRevoked={(text) => {
            setChoice(undefined);
            mark(NONE);
            onDone(text);
          }}
        />
      )}
      {suspending && (
        <Suspend
          {...{ grantkeeper, grant: suspending.grant }}
          onCancel={() => setSuspending(undefined)}
          onDone={(text) => {
            setSuspending(undefined);
            onDone(text, suspending.button);
          }}
        />
      )}
    </>
  );
}

function NoGrants({ view }: { view: View }) {
  const { status, unused } = view;
  const isNarrowed = unused !== undefined || FILTERS.some((name) => view[name]);
  return (
    <EmptyState title="No grants">
      <p>
        You can see no {status === 'all' ? '' : `${status} `}grant
        {isNarrowed ? ' that matches. Try other filters.' : '.'}
      </p>
    </EmptyState>
  );
}
