/** On a narrow page the menu is shut until its button opens it. */
export function startMenu(): void {
  const button = document.querySelector('.menu > button');
  button?.addEventListener('click', () => {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!isOpen));
  });
}
