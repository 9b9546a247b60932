/**
 * Lets the keyboard go on at the part of a reference that the address names: Redocly scrolls there and leaves the focus
 * at the top, so that the next "Try it" would be that of another operation.
 */
export function startAtPlace(): void {
  const reference = document.querySelector('#redoc');
  if (!reference) return;
  let drawing: MutationObserver | undefined;
  const seek = () => {
    const place = location.hash.slice(1);
    drawing?.disconnect();
    if (focusPart(place)) return;
    // It is not there until Redocly has drawn it; who has gone on meanwhile is left alone.
    drawing = new MutationObserver(() => {
      if (location.hash.slice(1) !== place || focusPart(place)) drawing?.disconnect();
    });
    drawing.observe(reference, { childList: true, subtree: true });
  };
  if (location.hash) addEventListener('load', seek, { once: true });
  addEventListener('hashchange', seek);
}

/** Focuses the heading of a part such as `/me/listmegrants`. Says whether it is there. */
function focusPart(place: string): boolean {
  const part = [...document.querySelectorAll<HTMLElement>('[data-section-id]')].find(
    ({ dataset }) => dataset.sectionId === place,
  );
  const heading = part?.querySelector<HTMLElement>('h1, h2, h3');
  if (!heading) return false;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  return true;
}
