import { useMemo, useSyncExternalStore } from 'react';

/*
 * What a page shows is all in its address, so that it can be shared, kept and gone back to.
 */

/**
 * What the address asks for, and a way to ask for something else, which the history keeps.
 *
 * @param read what a query string asks for; the same function each time
 */
export function useAddress<View>(read: (search: string) => View): [view: View, go: (search: string) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const view = useMemo(() => read(search), [read, search]);
  return [view, go];
}

/**
 * The query string with some of its parameters changed; the others stay.
 *
 * @param params those that are undefined or empty are left out
 */
export function searchWith(params: Record<string, string | undefined>, search = location.search): string {
  const changed = new URLSearchParams(search);
  for (const [name, value] of Object.entries(params)) {
    if (value) changed.set(name, value);
    else changed.delete(name);
  }
  return `?${changed}`;
}

/** The value that a text names, if it names one. */
export function oneOf<Value extends string>(
  values: readonly Value[],
  text: string | null,
): Value | undefined {
  return values.find((value) => value === text);
}

function go(search: string, how: 'pushState' | 'replaceState' = 'pushState'): void {
  // The same address twice would take two steps back.
  if (isSame(search, location.search)) return;
  history[how](null, '', search);
  dispatchEvent(new PopStateEvent('popstate'));
}

/** Replaces the address, so that Back does not lead to what cannot be shown. */
export function goInstead(search: string): void {
  go(search, 'replaceState');
}

function isSame(search: string, other: string): boolean {
  return `${new URLSearchParams(search)}` === `${new URLSearchParams(other)}`;
}

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange);
  return () => removeEventListener('popstate', onChange);
}
