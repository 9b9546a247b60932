import { ChoiceFilter } from '../shared/filter-fields.tsx';
import { UNUSED, type Unused } from './unused.ts';

const ANY = 'any';
const CHOICES = [[ANY, 'any'], ...UNUSED] as const;

interface UnusedFilterProps {
  value: Unused | undefined;
  onChange(value: Unused | undefined): void;
}

/** Narrows the list to what nobody has used for some time. */
export function UnusedFilter({ value, onChange }: UnusedFilterProps) {
  return (
    <ChoiceFilter<Unused | typeof ANY>
      name="unused"
      legend="Not used for"
      choices={CHOICES}
      value={value ?? ANY}
      onChange={(choice) => onChange(choice === ANY ? undefined : choice)}
    />
  );
}
