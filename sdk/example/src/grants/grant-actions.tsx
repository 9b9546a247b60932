import type { OAuthGrant } from '@grantkeeper/sdk';
import { nameOf } from '../shared/grant-name.ts';

/** What can be done with one grant. */
export type GrantAction = 'suspend' | 'restore' | 'revoke';

/** Whether a grant has anything left to revoke. */
export function isRevocable({ status }: OAuthGrant): boolean {
  return status !== 'revoked';
}

interface GrantActionsProps {
  grant: OAuthGrant;
  /** Does something with the grant; gives the button, for the focus to come back to. */
  onAct(action: GrantAction, button: HTMLButtonElement): void;
  /** The id of its details and history, and whether they are shown. */
  opened: string;
  isOpen: boolean;
  onOpen(isOpen: boolean): void;
}

/** What can be done with one grant, and the way to its details. */
export function GrantActions({ grant, onAct, opened, isOpen, onOpen }: GrantActionsProps) {
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
      {isRevocable(grant) && (
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
        aria-label={`Details of ${name}`}
        aria-expanded={isOpen}
        aria-controls={opened}
        onClick={() => onOpen(!isOpen)}
      >
        Details
      </button>
    </div>
  );
}
