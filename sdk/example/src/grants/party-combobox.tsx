import type { Grantkeeper } from '@grantkeeper/sdk';
import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from 'react';
import { explain } from '../shared/explain.ts';
import { SignInAgain } from '../shared/states.tsx';
import { type Party, usePartySearch } from './party-search.ts';

interface PartyComboboxProps {
  grantkeeper: Grantkeeper;
  input: RefObject<HTMLInputElement | null>;
  /** What is wrong with a chosen one. */
  problem: string | undefined;
  onChoose(party: Party): void;
}

/**
 * Finds a person or an app as one types: a combobox with a list, as the ARIA Authoring Practices have it. The arrow keys
 * go through the list, Enter chooses, and Escape closes it.
 */
export function PartyCombobox({ grantkeeper, input, problem, onChoose }: PartyComboboxProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [isClosed, setClosed] = useState(false);
  const [active, setActive] = useState(-1);
  const [isUnchosen, setUnchosen] = useState(false);
  useUnchosen(input, (isAsked) => {
    setUnchosen(true);
    if (!isAsked) return;
    setClosed(false);
    input.current?.focus();
  });
  const { parties, error } = usePartySearch(grantkeeper, text);
  const options = isClosed ? [] : (parties ?? []);
  const isOpen = options.length > 0;

  const write = (typed: string) => {
    setText(typed);
    setClosed(false);
    setUnchosen(false);
    setActive(-1);
  };
  const choose = (party: Party) => {
    write('');
    onChoose(party);
  };
  const move = (by: 1 | -1) => {
    setClosed(false);
    const { length } = parties ?? [];
    if (length > 0) setActive(active < 0 && by < 0 ? length - 1 : (active + by + length) % length);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter that ends the composition of a character chooses nothing.
    if (event.nativeEvent.isComposing) return;
    const best = options[Math.max(active, 0)];
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && best) choose(best);
    else if (event.key === 'Escape' && isOpen) setClosed(true);
    else if (event.key === 'Escape' && text) write('');
    // What is typed is not yet a filter: the form must wait for the choice.
    else if (event.key !== 'Enter' || !text) return;
    event.preventDefault();
  };

  const wrong = problem ?? (isUnchosen ? UNCHOSEN : undefined) ?? (text && error ? failureOf(error) : '');

  return (
    <div className="field party-filter">
      <label htmlFor={id}>Person or app</label>
      <input
        ref={input}
        id={id}
        type="text"
        role="combobox"
        placeholder="name, e-mail or id"
        autoComplete="off"
        spellCheck={false}
        value={text}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={options[active] && `${id}-${active}`}
        aria-invalid={problem !== undefined || isUnchosen}
        aria-describedby={`${id}-problem`}
        onChange={({ currentTarget }) => write(currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => setClosed(true)}
      />
      <p className="problem" id={`${id}-problem`}>
        {wrong}
      </p>
      {text && <SignInAgain error={error} />}
      <div
        role="listbox"
        id={`${id}-list`}
        className="party-list"
        aria-label="People and apps"
        hidden={!isOpen}
      >
        {options.map((party, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the focus, and its keys choose
          <div
            key={`${party.filter} ${party.id}`}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            // The focus stays in the combobox.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(party)}
          >
            <bdi>{party.name}</bdi>
            <small>{`${party.filter === 'user_id' ? 'Person' : 'App'} · ${party.detail}`}</small>
          </div>
        ))}
      </div>
      <p className="found" role="status">
        {text && !isClosed && parties && (isOpen ? `${parties.length} found` : 'No person or app found')}
      </p>
    </div>
  );
}

function failureOf(error: unknown): string {
  const { kind, title, text } = explain(error);
  return kind === 'failed' ? 'The search failed. Keep typing to try again.' : `${title}. ${text}`;
}

const UNCHOSEN = 'This filters nothing yet: choose a person or an app from the list.';

/**
 * Tells when a form is submitted while what is typed is not yet a choice; it is asked for if a person pressed "Filter", and
 * not if a choice beside it took effect.
 */
function useUnchosen(input: PartyComboboxProps['input'], onUnchosen: (isAsked: boolean) => void): void {
  useEffect(() => {
    const form = input.current?.form;
    const onSubmit = ({ submitter }: SubmitEvent) => {
      if (input.current?.value.trim()) onUnchosen(submitter !== null);
    };
    form?.addEventListener('submit', onSubmit);
    return () => form?.removeEventListener('submit', onSubmit);
  });
}
