import { showTheme, storedTheme } from './theme-switch.ts';

// Before anything is painted: the theme that was chosen on an earlier visit, if one was.
showTheme(storedTheme());
