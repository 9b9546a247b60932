/*
 * Before anything is painted: the theme that was chosen on an earlier visit, if one was. Redocly's page has a class and
 * a key of its own for it.
 */
const REDOC_KEY = 'redoc.colorMode';

function read(): string | null {
  try {
    return localStorage.getItem('grantkeeper-theme');
  } catch {
    return null;
  }
}

const chosen = read();
if (chosen) document.documentElement.style.colorScheme = chosen;
const isDark = (chosen ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
document.documentElement.classList.add(isDark ? 'dark' : 'light');
document.documentElement.classList.toggle('dark-mode', isDark);
try {
  if (chosen) localStorage.setItem(REDOC_KEY, chosen);
  else localStorage.removeItem(REDOC_KEY);
} catch {
  // Where nothing can be stored, what the system prefers holds.
}
