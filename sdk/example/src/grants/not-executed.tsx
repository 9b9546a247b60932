import { OAuthGrantsError } from '@grantkeeper/sdk';
import { count } from '../shared/words.ts';

/** Why a preview was not executed, in the words of the API. */
const CODES = ['preview-changed', 'preview-expired', 'preview-executing'] as const;
type NotExecutedError = OAuthGrantsError & { code: (typeof CODES)[number] };

export function isNotExecuted(error: unknown): error is NotExecutedError {
  return error instanceof OAuthGrantsError && CODES.some((code) => code === error.code);
}

/**
 * What was revoked already, in a sentence; undefined for any other error. An earlier try may have done it whose answer
 * got lost, or another window.
 */
export function executedBefore(error: unknown): string | undefined {
  if (!(error instanceof OAuthGrantsError) || error.code !== 'preview-executed') return undefined;
  const { detail } = Object(error.body) as { detail?: unknown };
  const counts = /revoked (\d+ tokens? and \d+ consents?)/.exec(String(detail))?.[1];
  return counts ? `Revoked already: ${counts}.` : 'What you saw was revoked already.';
}

/** What was shown no longer holds: a new preview is needed. */
export function isOutdated(error: unknown): boolean {
  return isNotExecuted(error) && error.code !== 'preview-executing';
}

/** Says that this attempt revoked nothing, and what changed. */
export function NotExecuted({ error }: { error: NotExecutedError }) {
  return (
    <div className="failure" role="alert">
      <p>
        <strong>Nothing was revoked.</strong> {reasonOf(error)}
      </p>
    </div>
  );
}

const LOOK_AGAIN = 'This is how it is now: look again before you revoke.';

function reasonOf({ code, changes }: NotExecutedError): string {
  switch (code) {
    case 'preview-changed':
      return `The grants have changed since they were counted${changesIn(changes)}. ${LOOK_AGAIN}`;
    case 'preview-expired':
      return `They were counted more than ten minutes ago, or often since. ${LOOK_AGAIN}`;
    case 'preview-executing':
      return 'What you saw is being revoked already. Try again in a moment to see how that ended.';
  }
}

function changesIn(changes: OAuthGrantsError['changes']): string {
  if (!changes) return '';
  const { added, removed, other_status } = changes;
  const parts = [
    added > 0 && `${count(added, 'grant')} more`,
    removed > 0 && `${count(removed, 'grant')} fewer`,
    other_status > 0 && `${count(other_status, 'grant')} with another status`,
  ];
  return `: ${parts.filter(Boolean).join(', ')}`;
}
