import { type ReactNode, useEffect, useId, useRef } from 'react';
import { explain } from './explain.ts';
import { focusHeading } from './kept-focus.tsx';
import { RequestId, SignInAgain } from './states.tsx';

interface ConfirmDialogProps {
  title: ReactNode;
  /** What will happen. */
  children: ReactNode;
  /** What the button that does it says. */
  action: string;
  /** What it says meanwhile. */
  busyAction?: string;
  /** It takes nothing away. */
  isSafe?: boolean;
  /** It is being done: the dialog stays until it is known how it ended. */
  busy: boolean;
  /** Not yet: it is not known what would be done. */
  waiting?: boolean;
  /** Why it failed, if it did: doing it again is offered. */
  error: unknown;
  /** How much of it was done before it failed, in a sentence; not given if nothing was, or if it is said elsewhere. */
  done?: string | undefined;
  onConfirm(): void;
  /** It was closed without doing anything; the focus is back where it was, or at the heading if that is gone. */
  onCancel(): void;
}

/** Asks before something is done that people may regret. It opens when it is rendered, with the focus on what is safe. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, action, busyAction = 'Revoking…', isSafe = false } = props;
  const { busy, waiting = false, error, done, onConfirm, onCancel } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
    cancel.current?.focus();
  }, []);
  // It is not said to be busy before it is rendered again: a second click or key may come sooner.
  const isConfirmed = useRef(false);
  useEffect(() => {
    isConfirmed.current = false;
  });
  const confirm = () => {
    if (busy || waiting || isConfirmed.current) return;
    isConfirmed.current = true;
    onConfirm();
  };
  const closed = () => {
    // What it was opened from may have gone meanwhile: revoked in another window, or refused because it has ended.
    const focused = document.activeElement;
    if (focused === document.body || dialog.current?.contains(focused)) focusHeading();
    onCancel();
  };
  // Not on `close`, which comes a moment later: a key that reopens the dialog before then would be lost.
  const close = () => {
    if (busy) return;
    dialog.current?.close();
    closed();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      // A second Escape may close it without `cancel`. If it is busy, it opens again.
      onClose={() => (busy ? dialog.current?.showModal() : closed())}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <div id={`${id}-text`}>{children}</div>
      <Failure {...{ error, done }} />
      <div className="buttons">
        <button type="button" className="button" ref={cancel} onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          className={isSafe ? 'button primary' : 'button danger'}
          aria-disabled={busy || waiting}
          onClick={confirm}
        >
          {busy ? busyAction : action}
        </button>
      </div>
    </dialog>
  );
}

function Failure({ error, done }: Pick<ConfirmDialogProps, 'error' | 'done'>) {
  if (!error) return null;
  const { kind, title, text, requestId } = explain(error);
  return (
    <div className="failure" role="alert">
      <p>
        <strong>{done ?? `${kind === 'forbidden' ? 'Nothing was changed' : title}.`}</strong> {text}
      </p>
      <SignInAgain error={error} />
      <RequestId id={requestId} />
    </div>
  );
}
