import { GrantkeeperError } from '@grantkeeper/sdk';
import { Fragment, type ReactNode, useEffect, useId, useRef, useState } from 'react';

interface ChoiceFilterProps<Value extends string> {
  name: string;
  legend: string;
  /** What can be chosen, and what each is called. */
  choices: readonly (readonly [value: Value, label: string])[];
  value: Value;
}

/** Chooses one of a few values. It takes effect at once, and what is filled in beside it does. */
export function ChoiceFilter<Value extends string>(props: ChoiceFilterProps<Value>) {
  const { name, legend, choices, value } = props;
  return (
    <fieldset className="choice-filter">
      <legend>{legend}</legend>
      {choices.map(([choice, label]) => (
        <label key={choice}>
          <input
            type="radio"
            name={name}
            value={choice}
            checked={choice === value}
            onChange={({ currentTarget }) => currentTarget.form?.requestSubmit()}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

interface FieldFilterProps {
  name: string;
  label: string;
  type?: 'text' | 'date';
  /** What the address asks for. */
  value: string | undefined;
  /** A hint while the field is empty. */
  placeholder?: string;
  /** What is wrong with the value; shown below the field. */
  problem: string | undefined;
}

/** A field of the form that narrows a list. What is in the address is what is filled in. */
export function FieldFilter(props: FieldFilterProps) {
  const { name, label, type = 'text', value = '', placeholder = 'any', problem } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // What the address says is filled in when the address changes; until then it is the visitor's.
    if (input.current) input.current.value = value;
  }, [value]);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        ref={input}
        id={id}
        name={name}
        type={type}
        placeholder={type === 'text' ? placeholder : undefined}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={problem && `${id}-problem`}
      />
      {problem && (
        <p className="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

interface FilterFormProps<Name extends string> {
  /** The fields in it, by their names. */
  names: readonly Name[];
  /** Whether anything narrows the list now. */
  isSet: boolean;
  onFilter(values: Record<Name, string>): void;
  onClear(): void;
  children: ReactNode;
}

/** Narrows a list by what its fields say, or by nothing any more: then they are empty, whatever was typed. */
export function FilterForm<Name extends string>(props: FilterFormProps<Name>) {
  const { names, isSet, onFilter, onClear, children } = props;
  const form = useRef<HTMLFormElement>(null);
  const [clearings, setClearings] = useState(0);
  useEffect(() => {
    // The button has gone; who uses the keyboard stays with the filters.
    if (clearings > 0) form.current?.querySelector<HTMLInputElement>('.field input')?.focus();
  }, [clearings]);
  return (
    <search>
      <form
        ref={form}
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const values = names.map((name) => [name, `${data.get(name)}`.trim()]);
          onFilter(Object.fromEntries(values) as Record<Name, string>);
        }}
      >
        {/* Others each time: what was typed may be nowhere but in them. */}
        <Fragment key={clearings}>{children}</Fragment>
        <div className="buttons">
          <button type="submit" className="button">
            Filter
          </button>
          {isSet && (
            <button
              type="button"
              className="button plain"
              onClick={() => {
                onClear();
                setClearings(clearings + 1);
              }}
            >
              Clear
            </button>
          )}
        </div>
      </form>
    </search>
  );
}

/** What is wrong with a filter, by its name; undefined if nothing is. */
export function problemOf(error: unknown, name: string): string | undefined {
  if (!(error instanceof GrantkeeperError)) return undefined;
  return error.fields.find(({ field }) => field === name)?.detail;
}
