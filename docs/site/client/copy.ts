const SHOWN_MS = 2000;

/** Lets buttons copy: the code beside them, the Markdown of the page. */
export function startCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
    button.addEventListener('click', () =>
      copy(button, async () => button.parentElement?.querySelector('code')?.textContent ?? ''),
    );
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy-markdown]')) {
    const address = button.dataset.copyMarkdown ?? '';
    button.addEventListener('click', () =>
      copy(button, async () => {
        const response = await fetch(address);
        if (!response.ok) throw new Error(`${response.status}`);
        return response.text();
      }),
    );
  }
}

async function copy(button: HTMLButtonElement, read: () => Promise<string>): Promise<void> {
  const label = button.dataset.label ?? button.textContent ?? '';
  button.dataset.label = label;
  button.textContent = await read()
    .then((text) => navigator.clipboard.writeText(text))
    .then(
      () => 'Copied',
      () => 'Not copied',
    );
  setTimeout(() => {
    button.textContent = label;
  }, SHOWN_MS);
}
