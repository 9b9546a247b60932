import type { Grantkeeper } from '@grantkeeper/sdk';
import { ChoiceFilter, FieldFilter, FilterForm } from '../shared/filter-fields.tsx';
import { PartyFilter } from './party-filter.tsx';
import { UnusedFilter } from './unused-filter.tsx';
import { FILTERS, type Filter, STATUSES, type View } from './view.ts';

/** The filters that are typed; a person or an app is chosen. */
const TYPED = ['project_id', 'resource'] as const satisfies Filter[];

const LABELS: Record<(typeof TYPED)[number], string> = {
  project_id: 'Project',
  resource: 'Resource',
};

const STATUS_CHOICES = STATUSES.map((status) => [status, status] as const);

interface FiltersProps {
  grantkeeper: Grantkeeper;
  view: View;
  /** Why the view cannot be shown, if it cannot: what is wrong with a filter is said beside it. */
  error: unknown;
  onChange(change: Partial<View>): void;
}

/** Narrows what is listed. What is in the address is what is filled in. */
export function Filters({ grantkeeper, view, error, onChange }: FiltersProps) {
  const cleared = {
    status: 'active',
    unused: undefined,
    ...Object.fromEntries(FILTERS.map((name) => [name, ''])),
  } as const;
  return (
    <FilterForm
      names={TYPED}
      isSet={FILTERS.some((name) => view[name]) || view.status !== 'active' || view.unused !== undefined}
      onFilter={onChange}
      onClear={() => onChange(cleared)}
    >
      <ChoiceFilter
        name="status"
        legend="Status"
        choices={STATUS_CHOICES}
        value={view.status}
        onChange={(status) => onChange({ status })}
      />
      <UnusedFilter value={view.unused} onChange={(unused) => onChange({ unused })} />
      <PartyFilter {...{ grantkeeper, view, error, onChange }} />
      {TYPED.map((name) => (
        <FieldFilter key={name} name={name} label={LABELS[name]} value={view[name]} error={error} />
      ))}
    </FilterForm>
  );
}
