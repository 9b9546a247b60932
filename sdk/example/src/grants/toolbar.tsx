import { useRef } from 'react';
import { count } from '../shared/words.ts';

interface ToolbarProps {
  /** How many grants are selected. */
  selected: number;
  /** How many match, on all pages. */
  total: number;
  canRevokeAll: boolean;
  onRevokeSelected(): void;
  onRevokeAll(): void;
  onClear(): void;
}

/** How many grants there are, how many are selected, and what can be done with either. */
export function Toolbar(props: ToolbarProps) {
  const { selected, total, canRevokeAll, onRevokeSelected, onRevokeAll, onClear } = props;
  const status = useRef<HTMLParagraphElement>(null);
  return (
    <div className="toolbar">
      <p role="status" ref={status} tabIndex={-1}>
        {selected > 0 ? `${count(selected, 'grant')} of this page selected` : count(total, 'grant')}
      </p>
      {selected > 0 ? (
        <>
          <button type="button" className="button danger" onClick={onRevokeSelected}>
            Revoke selected…
          </button>
          <button
            type="button"
            className="button plain"
            aria-label="Clear the selection"
            onClick={() => {
              // The button goes; who uses the keyboard stays above the table.
              status.current?.focus();
              onClear();
            }}
          >
            Clear
          </button>
        </>
      ) : canRevokeAll ? (
        <button type="button" className="button" onClick={onRevokeAll}>
          Revoke all that match…
        </button>
      ) : (
        <p className="hint">Select grants to revoke them, or filter to revoke all that match.</p>
      )}
    </div>
  );
}
