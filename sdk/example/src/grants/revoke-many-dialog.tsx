import type { Grantkeeper, OAuthGrant, OAuthGrantRevokeResponse, RevokeMany } from '@grantkeeper/sdk';
import { listOAuthGrantsQueryKey } from '@grantkeeper/sdk/react-query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { appName } from '../shared/app-name.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { count } from '../shared/words.ts';
import { FILTERS, type View } from './view.ts';

/** What is to be revoked: grants that were selected, or all that match the filters of a view. */
export type Choice = { grants: OAuthGrant[] } | { all: RevokeMany; total: number; view: View };

/** Many rows take long to revoke; in milliseconds. */
const PATIENCE = 5 * 60_000;

interface RevokeManyDialogProps {
  grantkeeper: Grantkeeper;
  choice: Choice;
  /** Says what was revoked. */
  onRevoked(text: string): void;
  onCancel(): void;
}

/** Says how many grants will be revoked, asks whether the consents go too, and revokes them. */
export function RevokeManyDialog({ grantkeeper, choice, onRevoked, onCancel }: RevokeManyDialogProps) {
  const [withConsents, setWithConsents] = useState(false);
  const queries = useQueryClient();
  const amount = count('grants' in choice ? choice.grants.length : choice.total, 'grant');
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => {
      const chosen =
        'all' in choice ? choice.all : { grant_ids: choice.grants.map(({ grant_id }) => grant_id) };
      return grantkeeper.grants.revokeMany(
        { ...chosen, include_consent: withConsents },
        { timeout: PATIENCE },
      );
    },
    onSuccess: async (result) => {
      const { client } = grantkeeper;
      await queries.invalidateQueries({ queryKey: listOAuthGrantsQueryKey({ client }) });
      onRevoked(resultOf(result));
    },
  });
  return (
    <ConfirmDialog
      title={`Revoke ${amount}?`}
      action={`Revoke ${amount}`}
      busy={isPending}
      error={error}
      onConfirm={() => mutate()}
      onCancel={onCancel}
    >
      {'grants' in choice ? <Selected grants={choice.grants} /> : <Matching view={choice.view} />}
      <p className="fine">The apps can no longer renew their access. This cannot be undone.</p>
      <label className="option">
        <input
          type="checkbox"
          checked={withConsents}
          onChange={(event) => setWithConsents(event.currentTarget.checked)}
        />
        Revoke the consents behind them too: people are asked again before the app gets access anew
      </label>
    </ConfirmDialog>
  );
}

const MAX_NAMED = 5;

function Selected({ grants }: { grants: OAuthGrant[] }) {
  const rest = grants.length - MAX_NAMED;
  return (
    <ul className="chosen">
      {grants.slice(0, MAX_NAMED).map(({ grant_id, client_name, user_name, user_email, user_id }) => (
        <li key={grant_id}>
          {appName(client_name)} <small>{user_name ?? user_email ?? user_id}</small>
        </li>
      ))}
      {rest > 0 && <li>and {rest} more</li>}
    </ul>
  );
}

function Matching({ view }: { view: View }) {
  const names = ['status', ...FILTERS] as const;
  return (
    <>
      <p>All matching grants, on every page, and any that match before this finishes:</p>
      <dl className="chosen">
        {names
          .filter((name) => view[name])
          .map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{view[name]}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

function resultOf({ revoked_tokens, revoked_consents }: OAuthGrantRevokeResponse): string {
  if (revoked_tokens + revoked_consents === 0) return 'There was nothing left to revoke.';
  return `Revoked: ${count(revoked_tokens, 'token')} and ${count(revoked_consents, 'consent')}.`;
}
