import { type ReactNode, useLayoutEffect, useRef } from 'react';

/** What may go while something in it has the focus, for another answer has come: the page's heading gets it then. */
export function KeptFocus({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = place;
    return () => {
      if (!current?.contains(document.activeElement)) return;
      // What comes in its place may have the heading.
      queueMicrotask(() => document.querySelector<HTMLElement>('main h1')?.focus());
    };
  }, []);
  return <div ref={place}>{children}</div>;
}
