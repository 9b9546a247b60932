import { ChoiceFilter } from '../shared/filter-fields.tsx';
import { UNUSED, type Unused } from './unused.ts';

const ANY = 'any';
const CHOICES = [[ANY, 'any'], ...UNUSED] as const;

/** Narrows the list to what nobody has used for some time. */
export function UnusedFilter({ value }: { value: Unused | undefined }) {
  return (
    <ChoiceFilter<Unused | typeof ANY>
      name="unused"
      legend="Not used for"
      choices={CHOICES}
      value={value ?? ANY}
    />
  );
}
