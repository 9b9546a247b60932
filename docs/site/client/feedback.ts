/** What came of an answer, as a sentence for the reader; and whether there is any use in sending another. */
interface Outcome {
  text: string;
  isOver: boolean;
}

/** Asks whether the page was helpful. */
export function startFeedback(): void {
  const form = document.querySelector<HTMLFormElement>('[data-feedback]');
  const question = form?.querySelector('fieldset');
  const comment = form?.querySelector<HTMLElement>('.comment');
  const text = form?.querySelector('textarea');
  const status = form?.querySelector<HTMLElement>('[role=status]');
  // A page that is opened from a disk has nobody to tell.
  if (!form || !question || !comment || !text || !status || !location.protocol.startsWith('http')) return;
  form.hidden = false;
  let helpful: boolean | undefined;
  let isSending = false;

  const answers = question.querySelectorAll('button');
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
    if (helpful === undefined || isSending) return;
    isSending = true;
    const said = text.value.trim();
    const outcome = await send({ helpful, ...(said && { comment: said }) });
    isSending = false;
    status.textContent = outcome.text;
    if (!outcome.isOver) return;
    if (form.contains(document.activeElement)) {
      // What has the focus goes, so what is said in its place takes it.
      status.tabIndex = -1;
      status.focus();
    }
    question.hidden = true;
    comment.hidden = true;
  });
}

async function send(answer: { helpful: boolean; comment?: string }): Promise<Outcome> {
  const { root = './', page } = document.documentElement.dataset;
  try {
    const response = await fetch(`${root}feedback`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ page, ...answer }),
    });
    if (response.ok) return { text: 'Thank you. This is how these pages get better.', isOver: true };
    // Hosts of files only: they know no such address, or no such method.
    if ([403, 404, 405, 501].includes(response.status)) {
      return { text: 'This site takes no feedback.', isOver: true };
    }
    if (response.status === 429) {
      const wait = inWords(Number(response.headers.get('Retry-After')));
      return { text: `Enough feedback came for now. Please try again ${wait}.`, isOver: false };
    }
  } catch {
    // No server, or no way to it.
  }
  return { text: 'That did not arrive. Please try again later.', isOver: false };
}

/** `in 42 seconds`, `in 5 hours`; `later` where nobody said when. */
function inWords(seconds: number): string {
  if (!(seconds > 0)) return 'later';
  const time = new Intl.RelativeTimeFormat('en');
  if (seconds < 120) return time.format(seconds, 'second');
  return seconds < 7200
    ? time.format(Math.ceil(seconds / 60), 'minute')
    : time.format(Math.ceil(seconds / 3600), 'hour');
}
