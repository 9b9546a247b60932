/**
 * Redocly scrolls to the place in the address, and fills in what is above it after that. Keeps the place in view until
 * the reader goes on.
 */
export function startKeepingPlace(): void {
  if (!document.querySelector('#redoc')) return;
  const observer = new ResizeObserver(() => {
    const sections = document.querySelectorAll<HTMLElement>('[data-section-id]');
    [...sections].find(({ dataset }) => dataset.sectionId === asked)?.scrollIntoView();
  });
  let asked = '';
  const keep = () => {
    asked = location.hash.slice(1);
    if (asked.startsWith('/')) observer.observe(document.body);
  };
  for (const sign of ['wheel', 'touchstart', 'pointerdown', 'keydown']) {
    addEventListener(sign, () => observer.disconnect(), { capture: true, passive: true });
  }
  addEventListener('hashchange', keep);
  keep();
}
