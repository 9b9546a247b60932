import type { Client, MeGrant, MeGrantListResponse } from '@grantkeeper/sdk';
import { listMeGrantsQueryKey, revokeMeGrantMutation } from '@grantkeeper/sdk/react-query';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { appName } from '../shared/app-name.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { May } from './app-card.tsx';

interface RevokeDialogProps {
  client: Client;
  grant: MeGrant;
  onRevoked(): void;
  onCancel(): void;
}

/** Says what will stop working, and revokes the grant if the person still wants to. */
export function RevokeDialog({ client, grant, onRevoked, onCancel }: RevokeDialogProps) {
  const queries = useQueryClient();
  const queryKey = listMeGrantsQueryKey({ client });
  const { mutate, isPending, error } = useMutation({
    ...revokeMeGrantMutation(),
    onSuccess: () => {
      queries.setQueryData<MeGrantListResponse>(
        queryKey,
        (list) => list && { data: list.data.filter(({ id }) => id !== grant.id) },
      );
      onRevoked();
    },
  });
  const { client_name, is_first_party, scopes_granted } = grant;
  return (
    <ConfirmDialog
      title={`Revoke ${appName(client_name)}?`}
      action="Revoke access"
      busy={isPending}
      error={error}
      onConfirm={() => mutate({ client, path: { grantId: grant.id } })}
      onCancel={onCancel}
    >
      <p>
        {is_first_party
          ? 'You will be signed out of it on every device, and it will no longer be able to:'
          : 'It stops working with your account, and will no longer be able to:'}
      </p>
      <May scopes={scopes_granted} />
      <p className="fine">
        What it holds at this moment may serve it for a few minutes more. What it has already copied stays
        with it. You can allow it again whenever you sign in to it.
      </p>
    </ConfirmDialog>
  );
}
