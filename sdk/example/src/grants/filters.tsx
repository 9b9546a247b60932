import type { Grantkeeper } from '@grantkeeper/sdk';
import { oneOf } from '../shared/address.ts';
import { ChoiceFilter, FieldFilter, FilterForm, problemOf } from '../shared/filter-fields.tsx';
import { PartyFilter } from './party-filter.tsx';
import { readUnused } from './unused.ts';
import { UnusedFilter } from './unused-filter.tsx';
import { FILTERS, type Filter, STATUSES, uriOf, type View } from './view.ts';

/** The filters that are typed; a person or an app is chosen. */
const TYPED = ['project_id', 'resource'] as const satisfies Filter[];

const LABELS: Record<(typeof TYPED)[number], string> = {
  project_id: 'Project',
  resource: 'Resource',
};

/** The table has a project's name, and no scheme of a resource. */
const PLACEHOLDERS: typeof LABELS = {
  project_id: 'id of a project',
  resource: 'https://…',
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
      names={['status', 'unused', ...TYPED]}
      isSet={FILTERS.some((name) => view[name]) || view.status !== 'active' || view.unused !== undefined}
      onFilter={({ status, unused, project_id, resource }) =>
        onChange({
          project_id,
          resource: uriOf(resource),
          status: oneOf(STATUSES, status) ?? 'active',
          unused: readUnused(unused),
        })
      }
      onClear={() => onChange(cleared)}
    >
      <ChoiceFilter name="status" legend="Status" choices={STATUS_CHOICES} value={view.status} />
      <UnusedFilter value={view.unused} />
      <PartyFilter {...{ grantkeeper, view, error, onChange }} />
      {TYPED.map((name) => (
        <FieldFilter
          key={name}
          name={name}
          label={LABELS[name]}
          placeholder={PLACEHOLDERS[name]}
          value={view[name]}
          problem={problemOf(error, name)}
        />
      ))}
    </FilterForm>
  );
}
