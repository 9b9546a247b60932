/** Shows where the page is in its menu. On a narrow page the menu is shut until its button opens it. */
export function startMenu(): void {
  document.querySelector('.menu [aria-current]')?.scrollIntoView({ block: 'nearest' });
  const button = document.querySelector('.menu > button');
  button?.addEventListener('click', () => {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!isOpen));
  });
}
