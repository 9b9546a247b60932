import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';

/** What has just happened, and the heading that the focus goes to when it does. */
export interface Notices {
  /** What happened last, and how many things have. */
  last: { text: ReactNode; number: number; focus?: HTMLElement | undefined };
  heading: RefObject<HTMLHeadingElement | null>;
  /**
   * Says what has happened.
   *
   * @param focus what had the focus, if it is still there
   */
  tell(text: ReactNode, focus?: HTMLElement): void;
}

/** For a page on which what had the focus may be gone once something has happened: the focus then goes to its heading. */
export function useNotices(): Notices {
  const [last, setLast] = useState<Notices['last']>({ text: '', number: 0 });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Not before the dialog that it happened in has gone: nothing else can take the focus until then.
    if (last.number > 0) (last.focus?.isConnected ? last.focus : heading.current)?.focus();
  }, [last]);
  return { last, heading, tell: (text, focus) => setLast({ text, focus, number: last.number + 1 }) };
}

/** Says what has happened, to eyes and to screen readers. It has to be there before there is anything to say. */
export function Notice({ last: { text, number } }: Pick<Notices, 'last'>) {
  return (
    <p className="notice" role="status">
      {/* What is said a second time is new all the same. */}
      {text && <span key={number}>{text}</span>}
    </p>
  );
}
