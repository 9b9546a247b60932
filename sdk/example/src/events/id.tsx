import { useState } from 'react';
import { shortened } from './words.ts';

/** An id, shortened, and the way to the whole of it. */
export function Id({ of, id }: { of: string; id: string }) {
  return (
    <>
      <code title={id}>{shortened(id)}</code> <CopyId of={of} id={id} />
    </>
  );
}

/** Copies an id, where the browser lets pages copy: not over plain HTTP. */
export function CopyId({ of, id }: { of: string; id: string }) {
  const [result, setResult] = useState('');
  if (!navigator.clipboard) return null;
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => setResult('Copied'),
      () => setResult('Not copied'),
    );
  return (
    <>
      <button
        type="button"
        className="link"
        title={id}
        aria-label={`Copy the id of the ${of}`}
        onClick={copy}
      >
        {result || 'Copy'}
      </button>
      <span className="unseen" role="status">
        {result}
      </span>
    </>
  );
}
