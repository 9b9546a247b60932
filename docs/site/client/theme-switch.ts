const KEY = 'grantkeeper-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** `light` or `dark`, as it was chosen on an earlier visit; empty: what the system prefers holds. */
export function storedTheme(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

/** Shows the page in a theme; where that is empty, in what the system prefers. */
export function showTheme(theme: string): void {
  const { classList, style } = document.documentElement;
  style.colorScheme = theme;
  const isDark = theme ? theme === 'dark' : dark.matches;
  classList.toggle('dark', isDark);
  classList.toggle('light', !isDark);
}

/** Lets the switch in the header choose between light and dark. What the system prefers holds until it is used. */
export function startThemeSwitch(): void {
  const root = document.documentElement;
  const button = document.querySelector('[data-theme]');
  const show = (theme: string) => {
    showTheme(theme);
    button?.setAttribute('aria-pressed', String(root.classList.contains('dark')));
    // What a phone has around the page goes with it.
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]'))
      meta.content = getComputedStyle(document.body).backgroundColor;
  };
  show(root.style.colorScheme);
  dark.addEventListener('change', () => show(root.style.colorScheme));
  button?.addEventListener('click', () => {
    const toBeDark = !root.classList.contains('dark');
    // As the system prefers it is no choice worth keeping.
    const theme = toBeDark === dark.matches ? '' : toBeDark ? 'dark' : 'light';
    show(theme);
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch {
      // It holds for this page, then.
    }
  });
}
