/**
 * What Redocly leaves out for those who use its page without seeing it: its menu is a landmark, headings follow each
 * other by one, and names of buttons hold what is written on them.
 */
export function mendReference(): void {
  const reference = document.querySelector('#redoc');
  if (!reference) return;
  const mend = () => {
    const menu = reference.querySelector('[data-component-name="Menu/Menu"]')?.parentElement?.parentElement;
    if (menu && menu.role !== 'navigation') {
      menu.role = 'navigation';
      menu.ariaLabel = 'Operations';
    }
    // There is no h3 anywhere.
    for (const heading of reference.querySelectorAll('h4:not([aria-level])')) heading.ariaLevel = '3';
    for (const heading of reference.querySelectorAll('h5:not([aria-level])')) heading.ariaLevel = '4';
    for (const button of reference.querySelectorAll('button[aria-label="Example"]')) {
      button.ariaLabel = `Example: ${button.textContent}`;
    }
  };
  mend();
  new MutationObserver(mend).observe(reference, { childList: true, subtree: true });
}
