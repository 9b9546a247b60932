import { useState } from 'react';
import { oneOf } from '../shared/address.ts';
import { ChoiceFilter, FieldFilter, FilterForm, problemOf } from '../shared/filter-fields.tsx';
import { ACTIONS, FIELDS, type Field, isDay, type View } from './view.ts';

const LABELS: Record<Field, string> = {
  user_id: 'User',
  client_id: 'Client',
  from: 'From',
  to: 'To',
};

const DAYS = ['from', 'to'] as const;

const ACTION_CHOICES = (['all', ...ACTIONS] as const).map((action) => [action, action] as const);

const CLEARED = { action: undefined, grant_id: '', user_id: '', client_id: '', from: '', to: '' };

interface FiltersProps {
  view: View;
  /** Why the view cannot be shown, if it cannot. */
  error: unknown;
  onChange(change: Partial<View>): void;
}

/** Narrows the events. What is in the address is what is filled in. */
export function Filters({ view, error, onChange }: FiltersProps) {
  const [wrong, setWrong] = useState<readonly Field[]>([]);
  const filter = ({ action, ...values }: Record<Field | 'action', string>) => {
    const noDays = DAYS.filter((name) => values[name] && !isDay(values[name]));
    setWrong(noDays);
    // An invalid day stays in its field, and the list keeps its last valid filter.
    const kept = noDays.map((name) => [name, view[name]]);
    onChange({ ...values, ...Object.fromEntries(kept), action: oneOf(ACTIONS, action) });
  };
  return (
    <FilterForm
      names={['action', ...FIELDS]}
      isSet={Object.values(view).some(Boolean)}
      onFilter={filter}
      onClear={() => {
        setWrong([]);
        onChange(CLEARED);
      }}
    >
      <ChoiceFilter name="action" legend="What" choices={ACTION_CHOICES} value={view.action ?? 'all'} />
      {FIELDS.map((name) => (
        <FieldFilter
          key={name}
          name={name}
          label={LABELS[name]}
          {...(name === 'from' || name === 'to' ? { type: 'date' } : { placeholder: 'id' })}
          value={view[name]}
          problem={wrong.includes(name) ? 'Enter the whole year, such as 2026.' : problemOf(error, name)}
        />
      ))}
    </FilterForm>
  );
}
