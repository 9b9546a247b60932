import type { Caller } from './caller.ts';
import type { State } from './state.ts';

/** A request that may have an idempotency key. */
interface Keyed {
  caller: Caller;
  /** The header as it was sent. */
  header: string | null;
  /** What is asked for. */
  content: object;
}

/** What comes of it. */
interface Ends {
  /** Called where the answer is that of an earlier request. */
  onReplay: () => void;
  /** The error for the key of another request. */
  reused: () => Error;
}

/**
 * Does something once for each key of a caller, and gives what it gave then. What throws is not kept: the key is free
 * again. With another permission the same words reach other grants: that is another request.
 */
export function onceFor(kept: State['kept'], { caller, header, content }: Keyed, ends: Ends) {
  return <Result>(work: () => Result): Result => {
    if (header === null) return work();
    const { permission, ...person } = caller;
    const key = inOrder([person, keyIn(header)]);
    const request = inOrder([permission, content]);
    const before = kept.get(key);
    if (!before) {
      const result = work();
      kept.set(key, { request, result: JSON.stringify(result) });
      return result;
    }
    if (before.request !== request) throw ends.reused();
    ends.onReplay();
    // The request is the same, and so is the operation that returned this.
    return JSON.parse(before.result);
  };
}

/** A key as a structured string (RFC 8941, section 3.3.3), such as `"a"`, or as it is. */
function keyIn(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])+)"$/.exec(header)?.[1];
  return quoted?.replace(/\\(.)/g, '$1') ?? header;
}

/** JSON in which the order of keys does not count. */
function inOrder(content: unknown): string {
  return JSON.stringify(content, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
