const KEY = 'grantkeeper-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** Lets the switch in the header choose between light and dark. What the system prefers holds until it is used. */
export function startThemeSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>('[data-theme]');
  if (!button) return;
  show(button);
  dark.addEventListener('change', () => show(button));
  button.addEventListener('click', () => {
    choose(!isDark());
    show(button);
  });
}

function isDark(): boolean {
  const chosen = document.documentElement.style.colorScheme;
  return chosen ? chosen === 'dark' : dark.matches;
}

function choose(toBeDark: boolean): void {
  const { style } = document.documentElement;
  // As the system prefers it is no choice worth keeping.
  style.colorScheme = toBeDark === dark.matches ? '' : toBeDark ? 'dark' : 'light';
  try {
    if (style.colorScheme) localStorage.setItem(KEY, style.colorScheme);
    else localStorage.removeItem(KEY);
  } catch {
    // It holds for this page, then.
  }
}

function show(button: HTMLButtonElement): void {
  const on = isDark();
  button.setAttribute('aria-pressed', String(on));
  const { classList } = document.documentElement;
  classList.toggle('dark', on);
  classList.toggle('light', !on);
  classList.toggle('dark-mode', on);
  // What a phone has around the page goes with it.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]'))
    meta.content = getComputedStyle(document.body).backgroundColor;
}
