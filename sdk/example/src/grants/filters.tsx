import { GrantkeeperError } from '@grantkeeper/sdk';
import { useEffect, useId, useRef } from 'react';
import { FILTERS, type Filter, STATUSES, type View } from './view.ts';

const LABELS: Record<Filter, string> = {
  client_id: 'Client',
  user_id: 'User',
  project_id: 'Project',
  resource: 'Resource',
};

interface FiltersProps {
  view: View;
  /** Why the view cannot be shown, if it cannot: what is wrong with a filter is said beside it. */
  error: unknown;
  onChange(change: Partial<View>): void;
}

/** Narrows what is listed. What is in the address is what is filled in. */
export function Filters({ view, error, onChange }: FiltersProps) {
  const isSet = FILTERS.some((name) => view[name]) || view.status !== 'active';
  const clear = { status: 'active', ...Object.fromEntries(FILTERS.map((name) => [name, ''])) } as const;
  return (
    <search>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          onChange(Object.fromEntries(FILTERS.map((name) => [name, `${form.get(name)}`.trim()])));
        }}
      >
        <StatusFilter status={view.status} onChange={(status) => onChange({ status })} />
        {FILTERS.map((name) => (
          <TextFilter key={name} name={name} value={view[name]} problem={problemOf(error, name)} />
        ))}
        <div className="buttons">
          <button type="submit" className="button">
            Filter
          </button>
          {isSet && (
            <button
              type="button"
              className="button plain"
              onClick={({ currentTarget }) => {
                // The button goes; who uses the keyboard stays with the filters.
                currentTarget.form?.querySelector<HTMLInputElement>('.field input')?.focus();
                onChange(clear);
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

function StatusFilter({
  status,
  onChange,
}: {
  status: View['status'];
  onChange(status: View['status']): void;
}) {
  return (
    <fieldset className="status-filter">
      <legend>Status</legend>
      {STATUSES.map((value) => (
        <label key={value}>
          <input
            type="radio"
            name="status"
            value={value}
            checked={value === status}
            onChange={() => onChange(value)}
          />
          {value}
        </label>
      ))}
    </fieldset>
  );
}

function TextFilter({ name, value = '', problem }: { name: Filter; value?: string; problem?: string }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // What the address says is filled in when the address changes; until then it is the visitor's.
    if (input.current) input.current.value = value;
  }, [value]);
  return (
    <div className="field">
      <label htmlFor={id}>{LABELS[name]}</label>
      <input
        ref={input}
        id={id}
        name={name}
        placeholder="any"
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

function problemOf(error: unknown, name: Filter): string | undefined {
  if (!(error instanceof GrantkeeperError)) return undefined;
  return error.fields.find(({ field }) => field === name)?.detail;
}
