// Before anything is painted: the theme that was chosen on an earlier visit, if one was.
const chosen = localStorage.getItem('grantkeeper-theme');
if (chosen) document.documentElement.style.colorScheme = chosen;
