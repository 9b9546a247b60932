/** Asks whether the page was helpful. A server that takes no feedback hides the question. */
export function startFeedback(): void {
  const form = document.querySelector<HTMLFormElement>('[data-feedback]');
  const comment = form?.querySelector<HTMLElement>('.comment');
  const text = form?.querySelector('textarea');
  const status = form?.querySelector<HTMLElement>('[role=status]');
  // A page that is opened from a disk has nobody to tell.
  if (!form || !comment || !text || !status || !location.protocol.startsWith('http')) return;
  form.hidden = false;
  let helpful: boolean | undefined;

  const answers = form.querySelectorAll<HTMLButtonElement>('fieldset button');
  for (const button of answers) {
    button.addEventListener('click', () => {
      helpful = button.value === 'yes';
      for (const one of answers) one.setAttribute('aria-pressed', String(one === button));
      comment.hidden = false;
      status.textContent = '';
    });
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (helpful === undefined) return;
    const said = text.value.trim();
    const taken = await send({ helpful, ...(said && { comment: said }) });
    if (taken === 'absent') form.hidden = true;
    else if (taken === 'taken') {
      comment.hidden = true;
      form.querySelector('fieldset')?.toggleAttribute('hidden', true);
      status.textContent = 'Thank you. This is how these pages get better.';
    } else status.textContent = 'That did not arrive. Please try again later.';
  });
}

async function send(answer: { helpful: boolean; comment?: string }): Promise<'taken' | 'absent' | 'failed'> {
  const { root = './', page = '' } = document.documentElement.dataset;
  try {
    const response = await fetch(`${root}feedback`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ page: `/docs/${page}`, ...answer }),
    });
    if (response.ok) return 'taken';
    return response.status === 404 || response.status === 405 ? 'absent' : 'failed';
  } catch {
    return 'failed';
  }
}
