import type { Grantkeeper, MeGrant, MeGrantListResponse } from '@grantkeeper/sdk';
import { listMeGrantsQueryKey } from '@grantkeeper/sdk/react-query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { type Access, useAccessChanged } from './access.ts';
import { May } from './app-card.tsx';
import type { App } from './apps.ts';
import { ofEach } from './of-each.ts';

interface RevokeDialogProps {
  grantkeeper: Grantkeeper;
  app: App;
  /** What is revoked of what the app was allowed: all of it, or one. */
  grants: readonly MeGrant[];
  projectNames: Access['projectNames'] | undefined;
  /** Says what was done. */
  onRevoked(text: ReactNode): void;
  onCancel(): void;
}

/** Says what will stop working, and revokes the grants if the person still wants to. */
export function RevokeDialog({
  grantkeeper,
  app,
  grants,
  projectNames,
  onRevoked,
  onCancel,
}: RevokeDialogProps) {
  const { client } = grantkeeper;
  const queries = useQueryClient();
  const queryKey = listMeGrantsQueryKey({ client });
  const accessChanged = useAccessChanged(grantkeeper);
  const isWhole = grants.length === app.grants.length;
  const { name } = app;
  const [left, setLeft] = useState(grants);
  const revoke = async (grant: MeGrant) => {
    await grantkeeper.me.revokeGrant(grant.id);
    setLeft((before) => before.filter((one) => one !== grant));
    queries.setQueryData<MeGrantListResponse>(
      queryKey,
      (list) => list && { data: list.data.filter(({ id }) => id !== grant.id) },
    );
  };
  const { mutate, isPending, isError, error } = useMutation({
    mutationFn: () => ofEach(left, 'grant_not_found', revoke),
    onSettled: accessChanged,
    onSuccess: () =>
      onRevoked(
        <>
          <bdi>{name}</bdi> {isWhole ? 'no longer has access.' : 'has less access now.'}
        </>,
      ),
  });
  const revoked = grants.length - left.length;
  return (
    <ConfirmDialog
      title={
        <>
          {isWhole ? 'Revoke' : 'Revoke this access of'} <bdi>{name}</bdi>?
        </>
      }
      action="Revoke access"
      busy={isPending}
      error={error}
      onConfirm={() => mutate()}
      onCancel={onCancel}
    >
      {isError && revoked > 0 && (
        <p>
          <strong>
            {revoked} of {grants.length} {revoked === 1 ? 'was' : 'were'} revoked.
          </strong>{' '}
          This is left:
        </p>
      )}
      <p>
        {isWhole && app.grants[0].is_first_party
          ? 'You will be signed out of it on every device, and it will no longer be able to:'
          : isWhole
            ? 'It stops working with your account, and will no longer be able to:'
            : 'It keeps its other access, but will no longer be able to:'}
      </p>
      {left.map(({ id, scopes_granted }) => (
        <May key={id} scopes={scopes_granted} projectNames={projectNames} />
      ))}
      <p className="fine">
        It may keep working for a few more minutes, and it keeps what it has already copied. You can allow it
        again whenever you sign in to it.
      </p>
    </ConfirmDialog>
  );
}
