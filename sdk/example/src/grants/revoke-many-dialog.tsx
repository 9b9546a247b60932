import type {
  Grantkeeper,
  OAuthGrant,
  OAuthGrantRevocationPreview,
  OAuthGrantRevokeResponse,
  RevokeMany,
} from '@grantkeeper/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { appName } from '../shared/app-name.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { projectName, userName } from '../shared/grant-name.ts';
import { count, written } from '../shared/words.ts';
import { useGrantsChanged } from './grants-changed.ts';
import { executedBefore, isNotExecuted, isOutdated, NotExecuted } from './not-executed.tsx';
import { inWords } from './unused.ts';
import { FILTERS, type Filter, type View } from './view.ts';

/** What is to be revoked: grants that were selected, or all that match the filters of a view. */
export type Choice = { grants: OAuthGrant[] } | { all: RevokeMany; total: number; view: View };

/** Many rows take long to count and to revoke; in milliseconds. */
const PATIENCE = 5 * 60_000;

interface RevokeManyDialogProps {
  grantkeeper: Grantkeeper;
  choice: Choice;
  /** Says what was revoked. */
  onRevoked(text: string): void;
  onCancel(): void;
}

/**
 * Shows a preview of what will be revoked, with or without the consents, and revokes exactly that. If the grants have
 * changed meanwhile, it says how, and shows a new preview.
 */
export function RevokeManyDialog({ grantkeeper, choice, onRevoked, onCancel }: RevokeManyDialogProps) {
  const [withConsents, setWithConsents] = useState(false);
  const grantsChanged = useGrantsChanged(grantkeeper.client);
  const known = 'grants' in choice ? choice.grants.length : choice.total;
  const preview = usePreview(grantkeeper, choice, withConsents);
  const finish = async (text: string) => {
    await grantsChanged();
    onRevoked(text);
  };
  const execution = useMutation({
    mutationFn: (token: string) => grantkeeper.grants.revokePreviewed(token, { timeout: PATIENCE }),
    onSuccess: (result) => finish(resultOf(result)),
    onError: async (error) => {
      const done = executedBefore(error);
      if (done) await finish(done);
      // What was shown no longer holds.
      else if (isOutdated(error)) void preview.refetch();
    },
  });
  const { data, isFetching } = preview;
  const amount = count(data?.grants ?? known, 'grant');
  const notExecuted = isNotExecuted(execution.error) ? execution.error : undefined;
  return (
    <ConfirmDialog
      title={`Revoke ${amount}?`}
      action={preview.error ? 'Count again' : `Revoke ${amount}`}
      busy={execution.isPending}
      waiting={isFetching}
      error={preview.error ?? (notExecuted ? null : execution.error)}
      // A count that failed may have left the one before it: what that shows is not revoked.
      onConfirm={() =>
        data && !preview.error ? execution.mutate(data.preview_token) : void preview.refetch()
      }
      onCancel={onCancel}
    >
      {notExecuted && <NotExecuted error={notExecuted} />}
      {'all' in choice && <Matching view={choice.view} first={data?.sample[0]} />}
      <Previewed preview={data} busy={isFetching} withConsents={withConsents} />
      <p className="fine">
        {data?.grants === 1 ? 'The app can no longer renew its' : 'The apps can no longer renew their'}{' '}
        access. This cannot be undone.
      </p>
      <label className="option">
        <input
          type="checkbox"
          checked={withConsents}
          // What is being revoked was chosen already.
          disabled={execution.isPending}
          onChange={(event) => {
            execution.reset();
            setWithConsents(event.currentTarget.checked);
          }}
        />
        Revoke the consents too, so that people are asked again before an app gets new access
      </label>
    </ConfirmDialog>
  );
}

/** The preview of a choice; a new one whenever the dialog opens, because what it counts may change at any time. */
function usePreview(grantkeeper: Grantkeeper, choice: Choice, include_consent: boolean) {
  const id = useId();
  return useQuery({
    queryKey: ['preview of a revocation', id, include_consent],
    queryFn: ({ signal }) => {
      const chosen =
        'all' in choice ? choice.all : { grant_ids: choice.grants.map(({ grant_id }) => grant_id) };
      const options = { timeout: PATIENCE, signal };
      return grantkeeper.grants.previewRevocation({ ...chosen, include_consent }, options);
    },
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
}

interface PreviewedProps {
  preview: OAuthGrantRevocationPreview | undefined;
  busy: boolean;
  withConsents: boolean;
}

const MAX_NAMED = 5;

/** Exact counts, and some of the grants. */
function Previewed({ preview, busy, withConsents }: PreviewedProps) {
  const { grants = 0, tokens = 0, consents = 0, sample = [] } = preview ?? {};
  const rest = grants - Math.min(sample.length, MAX_NAMED);
  const revoked = [count(tokens, 'token'), ...(withConsents ? [count(consents, 'consent')] : [])];
  return (
    <div aria-busy={busy}>
      <p role="status">
        {busy && 'Counting what would be revoked…'}
        {!busy && preview && `This revokes ${revoked.join(' and ')} of ${count(grants, 'grant')}.`}
      </p>
      <ul className="chosen">
        {sample.slice(0, MAX_NAMED).map((grant) => (
          <li key={grant.grant_id}>
            <bdi>{appName(grant)}</bdi> <small>{userName(grant) ?? grant.user_id}</small>
          </li>
        ))}
        {rest > 0 && <li>and {written(rest)} more</li>}
      </ul>
    </div>
  );
}

const TERMS: Record<Filter, string> = {
  client_id: 'app',
  user_id: 'person',
  project_id: 'project',
  resource: 'resource',
};

interface MatchingProps {
  view: View;
  /** One of the grants that match: it knows the names of what the filters name by id. */
  first: OAuthGrant | undefined;
}

function Matching({ view, first }: MatchingProps) {
  const names: Partial<Record<Filter, string>> = {
    client_id: first && appName(first),
    user_id: userName(first),
    project_id: projectName(first),
  };
  return (
    <>
      <p>All grants that match, on every page:</p>
      <dl className="chosen">
        <div>
          <dt>status</dt>
          <dd>{view.status}</dd>
        </div>
        {FILTERS.filter((name) => view[name]).map((name) => (
          <div key={name}>
            <dt>{TERMS[name]}</dt>
            <dd>
              {names[name] ? (
                <>
                  <bdi>{names[name]}</bdi> <small>{view[name]}</small>
                </>
              ) : (
                view[name]
              )}
            </dd>
          </div>
        ))}
        {view.unused && (
          <div>
            <dt>not used for</dt>
            <dd>{inWords(view.unused)}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

function resultOf({ revoked_tokens, revoked_consents }: OAuthGrantRevokeResponse): string {
  if (revoked_tokens + revoked_consents === 0) return 'There was nothing left to revoke.';
  return `Revoked: ${count(revoked_tokens, 'token')} and ${count(revoked_consents, 'consent')}.`;
}
