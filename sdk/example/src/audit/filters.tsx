import { ChoiceFilter, FieldFilter, FilterForm } from '../shared/filter-fields.tsx';
import { ACTIONS, FIELDS, type Field, type View } from './view.ts';

const LABELS: Record<Field, string> = {
  user_id: 'User',
  client_id: 'Client',
  from: 'From',
  to: 'To',
};

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
  return (
    <FilterForm
      names={FIELDS}
      isSet={Object.values(view).some(Boolean)}
      onFilter={onChange}
      onClear={() => onChange(CLEARED)}
    >
      <ChoiceFilter
        name="action"
        legend="What"
        choices={ACTION_CHOICES}
        value={view.action ?? 'all'}
        onChange={(action) => onChange({ action: action === 'all' ? undefined : action })}
      />
      {FIELDS.map((name) => (
        <FieldFilter
          key={name}
          name={name}
          label={LABELS[name]}
          type={name === 'from' || name === 'to' ? 'date' : 'text'}
          value={view[name]}
          error={error}
        />
      ))}
    </FilterForm>
  );
}
