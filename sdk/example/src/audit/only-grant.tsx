import type { Grantkeeper } from '@grantkeeper/sdk';
import { CopyId } from '../events/id.tsx';
import { useGrants } from '../events/names.ts';
import { titleOf } from './grant-link.tsx';
import type { View } from './view.ts';

interface OnlyGrantProps {
  grantkeeper: Grantkeeper;
  id: string;
  changeView(change: Partial<View>): void;
}

/** Says which grant the events are those of, and leads to those of all. */
export function OnlyGrant({ grantkeeper, id, changeView }: OnlyGrantProps) {
  const grant = useGrants(grantkeeper, [id]).get(id);
  return (
    <p className="only-grant">
      History of one grant:{' '}
      <strong>
        <bdi>{titleOf(grant)}</bdi>
      </strong>{' '}
      <CopyId of="grant" id={id} />{' '}
      <button
        type="button"
        className="link"
        onClick={({ currentTarget }) => {
          // The button goes; who uses the keyboard stays with the filters.
          currentTarget.closest('main')?.querySelector<HTMLInputElement>('.field input')?.focus();
          changeView({ grant_id: '' });
        }}
      >
        Show all events
      </button>
    </p>
  );
}
