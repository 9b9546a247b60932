/**
 * What Swagger UI leaves out for those who use it without seeing it or by the keyboard alone: names of fields, answers
 * that scroll by keys, and buttons without links in them.
 */
export function mendConsole(place: HTMLElement): void {
  const mend = () => {
    const unnamed = 'select:not([aria-label]), textarea:not([aria-label])';
    for (const field of place.querySelectorAll<HTMLElement>(unnamed)) {
      field.setAttribute('aria-label', nameOf(field));
    }
    for (const answer of place.querySelectorAll<HTMLElement>('pre:not([tabindex])')) answer.tabIndex = 0;
    // The button around it does what it would.
    for (const link of place.querySelectorAll('button a[href]')) link.removeAttribute('href');
  };
  new MutationObserver(mend).observe(place, { childList: true, subtree: true });
}

function nameOf(field: HTMLElement): string {
  const parameter = field.closest('tr')?.querySelector('.parameter__name')?.textContent;
  if (parameter) return parameter;
  if (field.matches('textarea')) return 'Request body';
  return field.matches('.examples-select-element') ? 'Example' : 'Media type';
}
