import type { Grantkeeper } from '@grantkeeper/sdk';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ConfirmDialog } from '../shared/confirm-dialog.tsx';
import { exactly } from '../shared/time.tsx';
import { type Access, useAccessChanged } from './access.ts';
import { ofEach } from './of-each.ts';

interface PauseDialogProps {
  grantkeeper: Grantkeeper;
  /** What the app is called. */
  name: string;
  access: Access;
  /** Says what was done. */
  onDone(text: ReactNode): void;
  onCancel(): void;
}

/** Says what a pause means, and suspends all grants of an app if the person still wants to. */
export function PauseDialog({ grantkeeper, name, access, onDone, onCancel }: PauseDialogProps) {
  const accessChanged = useAccessChanged(grantkeeper);
  const [done, setDone] = useState(0);
  const { grants } = access;
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      // Those that are suspended already stay as they are.
      ofEach(grants, 'grant-not-active', ({ grant_id }) => grantkeeper.grants.suspend(grant_id), setDone),
    onSettled: accessChanged,
    onSuccess: (suspensions) => {
      const [first = ''] = suspensions.map(({ suspended_until }) => suspended_until).sort();
      onDone(
        <>
          <bdi>{name}</bdi> is paused. You can resume its access until {exactly(first)}.
        </>,
      );
    },
  });
  return (
    <ConfirmDialog
      title={
        <>
          Pause <bdi>{name}</bdi>?
        </>
      }
      action="Pause access"
      busyAction="Pausing…"
      isSafe
      busy={isPending}
      error={error}
      done={partOf(grants, done, 'paused')}
      onConfirm={() => mutate()}
      onCancel={onCancel}
    >
      <p>It loses all the access that you gave it, on every device, until you resume it.</p>
      <p className="fine">
        If you do not resume it in time, it loses its access for good; this page shows the deadline once it is
        paused. It may keep working for a few more minutes.
      </p>
    </ConfirmDialog>
  );
}

/** Restores all grants of an app that are suspended, once that is confirmed. */
export function ResumeDialog({ grantkeeper, name, access, onDone, onCancel }: PauseDialogProps) {
  const accessChanged = useAccessChanged(grantkeeper);
  const [done, setDone] = useState(0);
  const grants = access.grants.filter(({ suspended_until }) => suspended_until);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      ofEach(grants, 'grant-not-suspended', ({ grant_id }) => grantkeeper.grants.restore(grant_id), setDone),
    onSettled: accessChanged,
    onSuccess: () =>
      onDone(
        <>
          <bdi>{name}</bdi> has access again.
        </>,
      ),
  });
  return (
    <ConfirmDialog
      title={
        <>
          Resume <bdi>{name}</bdi>?
        </>
      }
      action="Resume access"
      busyAction="Resuming…"
      isSafe
      busy={isPending}
      error={error}
      done={partOf(grants, done, 'resumed')}
      onConfirm={() => mutate()}
      onCancel={onCancel}
    >
      <p>It can work with your account again, as before.</p>
    </ConfirmDialog>
  );
}

/** How much was done of what failed as a whole: nothing to say where that is nothing. */
function partOf({ length }: readonly unknown[], done: number, what: string): string | undefined {
  return done > 0 ? `Only ${done} of ${length} ${done === 1 ? 'was' : 'were'} ${what}.` : undefined;
}
