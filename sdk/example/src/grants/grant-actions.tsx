import type { OAuthGrant } from '@grantkeeper/sdk';
import { nameOf } from '../shared/grant-name.ts';

/** What can be done with one grant. */
export type GrantAction = 'suspend' | 'restore' | 'revoke';

interface GrantActionsProps {
  grant: OAuthGrant;
  /** Does something with the grant; gives the button, for the focus to come back to. */
  onAct(action: GrantAction, button: HTMLButtonElement): void;
  /** The id of its history, and whether that is shown. */
  history: string;
  isOpen: boolean;
  onOpen(isOpen: boolean): void;
}

/** What can be done with one grant, and the way to its history. */
export function GrantActions({ grant, onAct, history, isOpen, onOpen }: GrantActionsProps) {
  const name = nameOf(grant);
  const { status, suspended_until } = grant;
  // One button for both, so that the focus stays where it was when one becomes the other.
  const toggle = suspended_until ? 'restore' : 'suspend';
  return (
    <div className="actions">
      {(status === 'active' || suspended_until) && (
        <button
          type="button"
          className="link"
          aria-label={`${suspended_until ? 'Restore' : 'Suspend'} ${name}`}
          onClick={({ currentTarget }) => onAct(toggle, currentTarget)}
        >
          {suspended_until ? 'Restore' : 'Suspend'}
        </button>
      )}
      {status !== 'revoked' && (
        <button
          type="button"
          className="link"
          aria-label={`Revoke ${name}`}
          onClick={({ currentTarget }) => onAct('revoke', currentTarget)}
        >
          Revoke
        </button>
      )}
      <button
        type="button"
        className="link opener"
        aria-label={`History of ${name}`}
        aria-expanded={isOpen}
        aria-controls={history}
        onClick={() => onOpen(!isOpen)}
      >
        History
      </button>
    </div>
  );
}
