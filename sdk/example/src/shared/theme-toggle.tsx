import { useSyncExternalStore } from 'react';

const dark = matchMedia('(prefers-color-scheme: dark)');
const KEY = 'grantkeeper-theme';

/** Switches between light and dark. What the system prefers holds until it is used. */
export function ThemeToggle() {
  const isDark = useSyncExternalStore(subscribe, readIsDark);
  return (
    <button type="button" className="theme" aria-pressed={isDark} onClick={() => choose(!isDark)}>
      <span aria-hidden="true" />
      Dark
    </button>
  );
}

function choose(toBeDark: boolean): void {
  const root = document.documentElement;
  root.style.colorScheme = toBeDark === dark.matches ? '' : toBeDark ? 'dark' : 'light';
  // As the system prefers it is no choice worth keeping.
  if (root.style.colorScheme) localStorage.setItem(KEY, root.style.colorScheme);
  else localStorage.removeItem(KEY);
  dispatchEvent(new Event('themechange'));
}

function readIsDark(): boolean {
  const chosen = document.documentElement.style.colorScheme;
  return chosen ? chosen === 'dark' : dark.matches;
}

function subscribe(onChange: () => void): () => void {
  addEventListener('themechange', onChange);
  dark.addEventListener('change', onChange);
  return () => {
    removeEventListener('themechange', onChange);
    dark.removeEventListener('change', onChange);
  };
}
