import { useEffect, useId, useRef, useState } from 'react';
import { written } from '../shared/words.ts';

interface PageJumpProps {
  /** The page that is shown, from 1 on. */
  page: number;
  /** How many pages there are. */
  pages: number;
  onJump(page: number): void;
}

/** The number of the page, and the way to another by its number. A wrong number leads nowhere and says what would do. */
export function PageJump({ page, pages, onJump }: PageJumpProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    if (input.current) input.current.value = `${page}`;
    setProblem('');
  }, [page]);
  return (
    <form
      className="jump"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = Number(input.current?.value);
        const isThere = Number.isInteger(wanted) && wanted >= 1 && wanted <= pages;
        setProblem(
          isThere ? '' : pages === 1 ? 'There is one page.' : `Enter a page from 1 to ${written(pages)}.`,
        );
        if (isThere && wanted !== page) onJump(wanted);
      }}
    >
      <label htmlFor={id}>Page</label>
      <input
        ref={input}
        id={id}
        type="number"
        min={1}
        max={pages}
        step={1}
        required
        defaultValue={page}
        aria-invalid={problem !== ''}
        aria-describedby={`${id}-pages ${id}-problem`}
      />
      <span id={`${id}-pages`}>of {written(pages)}</span>
      <button type="submit" className="link">
        Go
      </button>
      <span className="problem" id={`${id}-problem`} role="alert">
        {problem}
      </span>
    </form>
  );
}
