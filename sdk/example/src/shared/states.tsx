import { signInAgain } from '../session.ts';
import { explain } from './explain.ts';
import { KeptFocus } from './kept-focus.tsx';

/** Nothing is there, and why. */
export function EmptyState({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="state">
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  );
}

/** What went wrong, in words, with what can be done about it. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const { kind, title, text, requestId } = explain(error);
  return (
    <KeptFocus>
      <section className="state" role="alert">
        <h2>{title}</h2>
        <p>{text}</p>
        {kind === 'signed-out' && (
          <button type="button" className="button primary" onClick={signInAgain}>
            Sign in again
          </button>
        )}
        {kind === 'failed' && (
          <button type="button" className="button primary" onClick={onRetry}>
            Try again
          </button>
        )}
        <RequestId id={requestId} />
      </section>
    </KeptFocus>
  );
}

/** What is shown is not of now, for it could not be asked for again. Nothing where that did not fail. */
export function StaleNote({ error, onRetry }: { error: unknown; onRetry(): void }) {
  if (!error) return null;
  const { kind, title, requestId } = explain(error);
  return (
    <KeptFocus>
      <div className="failure" role="alert">
        <p>
          This may be out of date. {title}. <SignInAgain error={error} />
          {kind === 'failed' && (
            <button type="button" className="link" onClick={onRetry}>
              Try again
            </button>
          )}
        </p>
        <RequestId id={requestId} />
      </div>
    </KeptFocus>
  );
}

/** The way to sign in again, where that is what an error asks for. */
export function SignInAgain({ error }: { error: unknown }) {
  if (!error || explain(error).kind !== 'signed-out') return null;
  return (
    <button type="button" className="link" onClick={signInAgain}>
      Sign in again
    </button>
  );
}

/** What to quote when a problem is reported. */
export function RequestId({ id }: { id: string | undefined }) {
  if (id === undefined) return null;
  return (
    <p className="request-id">
      Request <code>{id}</code>
    </p>
  );
}

/** Stands in for what is being loaded: so many grey lines. */
export function Skeleton({ lines }: { lines: number }) {
  return (
    <div className="skeleton" aria-busy="true">
      <p className="unseen" role="status">
        Loading
      </p>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <div key={line} aria-hidden="true" />
      ))}
    </div>
  );
}
