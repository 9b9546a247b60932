import type { Grantkeeper } from '@grantkeeper/sdk';
import { useRef } from 'react';
import { problemOf } from '../shared/filter-fields.tsx';
import { PartyCombobox } from './party-combobox.tsx';
import { useChosen } from './party-search.ts';
import type { View } from './view.ts';

interface PartyFilterProps {
  grantkeeper: Grantkeeper;
  view: View;
  /** Why the view cannot be shown, if it cannot. */
  error: unknown;
  onChange(change: Partial<View>): void;
}

/** Narrows the grants to a person, an app, or both; each takes effect at once, and is shown by its name. */
export function PartyFilter({ grantkeeper, view, error, onChange }: PartyFilterProps) {
  const input = useRef<HTMLInputElement>(null);
  const chosen = useChosen(grantkeeper, view);
  return (
    <div>
      <PartyCombobox
        grantkeeper={grantkeeper}
        input={input}
        problem={problemOf(error, 'user_id') ?? problemOf(error, 'client_id')}
        onChoose={({ filter, id }) => onChange({ [filter]: id })}
      />
      {chosen.length > 0 && (
        <ul className="chosen-parties" aria-label="Chosen person and app">
          {chosen.map(({ filter, id, name }) => (
            <li key={filter} title={id}>
              <bdi>{name}</bdi>
              <button
                type="button"
                aria-label={`Remove ${name}`}
                onClick={() => {
                  // The button goes; who uses the keyboard stays with the filter.
                  input.current?.focus();
                  onChange({ [filter]: '' });
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
