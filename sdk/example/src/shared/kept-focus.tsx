import { type ReactNode, useLayoutEffect, useRef } from 'react';

/** Moves the focus to the page's heading when the content that had it goes away. */
export function KeptFocus({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = place;
    return () => {
      if (!current?.contains(document.activeElement)) return;
      // What comes in its place may have the heading.
      queueMicrotask(focusHeading);
    };
  }, []);
  return <div ref={place}>{children}</div>;
}

/** Moves the focus to the page's heading, for what had it is gone. */
export function focusHeading(): void {
  document.querySelector<HTMLElement>('main h1')?.focus();
}
