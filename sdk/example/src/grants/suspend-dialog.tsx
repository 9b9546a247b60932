import type { Grantkeeper, OAuthGrant } from '@grantkeeper/sdk';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { appName } from '../shared/app-name.ts';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { userName } from '../shared/grant-name.ts';
import { exactly, When } from '../shared/time.tsx';
import { useGrantsChanged } from './grants-changed.ts';

interface SuspendDialogProps {
  grantkeeper: Grantkeeper;
  grant: OAuthGrant;
  /** Says what was done. */
  onDone(text: ReactNode): void;
  onCancel(): void;
}

/** Suspends a grant, once that is confirmed. */
export function SuspendDialog({ grantkeeper, grant, onDone, onCancel }: SuspendDialogProps) {
  const { mutate, isPending, error } = useChange(grantkeeper, async () => {
    const { suspended_until } = await grantkeeper.grants.suspend(grant.grant_id);
    return (
      <>
        <Name of={grant} /> is suspended. It can be restored until {exactly(suspended_until)}.
      </>
    );
  });
  return (
    <ConfirmDialog
      title={
        <>
          Suspend <Name of={grant} />?
        </>
      }
      action="Suspend"
      busyAction="Suspending…"
      busy={isPending}
      error={error}
      onConfirm={() => mutate(undefined, { onSuccess: onDone })}
      onCancel={onCancel}
    >
      <p>The app can no longer renew its access until you restore it.</p>
      <p className="fine">
        If nobody restores it in time, it is revoked. The page shows the deadline once it is suspended.
      </p>
    </ConfirmDialog>
  );
}

/** Restores a suspended grant, once that is confirmed. */
export function RestoreDialog({ grantkeeper, grant, onDone, onCancel }: SuspendDialogProps) {
  const { mutate, isPending, error } = useChange(grantkeeper, async () => {
    await grantkeeper.grants.restore(grant.grant_id);
    return (
      <>
        <Name of={grant} /> is restored.
      </>
    );
  });
  const { suspended_until } = grant;
  return (
    <ConfirmDialog
      title={
        <>
          Restore <Name of={grant} />?
        </>
      }
      action="Restore"
      busyAction="Restoring…"
      isSafe
      busy={isPending}
      error={error}
      onConfirm={() => mutate(undefined, { onSuccess: onDone })}
      onCancel={onCancel}
    >
      <p>The app can renew its access again, but for tokens that expired or were revoked meanwhile.</p>
      {suspended_until && (
        <p className="fine">
          If nobody restores it, it is revoked <When at={suspended_until} />.
        </p>
      )}
    </ConfirmDialog>
  );
}

/** What `nameOf` says, so that neither name changes the order of what is around it. */
function Name({ of: grant }: { of: OAuthGrant }) {
  return (
    <>
      <bdi>{appName(grant)}</bdi>, <bdi>{userName(grant) ?? grant.user_id}</bdi>
    </>
  );
}

function useChange({ client }: Grantkeeper, change: () => Promise<ReactNode>) {
  const grantsChanged = useGrantsChanged(client);
  // Whatever the answer is, the grant may be another than the page shows.
  return useMutation({ mutationFn: change, onSettled: grantsChanged });
}
