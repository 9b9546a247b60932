const KEY = 'grantkeeper-language';

/** Lets the samples of a page be read in one language, which holds for the next page too. */
export function startSamples(): void {
  const choice = document.querySelector<HTMLSelectElement>('.samples select');
  if (!choice) return;
  const samples = [...document.querySelectorAll<HTMLElement>('[data-sample]')];
  const languages = new Set(samples.map(({ dataset }) => dataset.sample ?? ''));
  choice.append(...[...languages].map((language) => new Option(language)));
  choice.parentElement?.removeAttribute('hidden');
  const show = () => {
    for (const one of samples) one.hidden = one.dataset.sample !== choice.value;
  };
  try {
    const kept = localStorage.getItem(KEY);
    if (kept && languages.has(kept)) choice.value = kept;
  } catch {
    // Then the first one is shown.
  }
  show();
  choice.addEventListener('change', () => {
    show();
    try {
      localStorage.setItem(KEY, choice.value);
    } catch {
      // It holds for this page, then.
    }
  });
}
