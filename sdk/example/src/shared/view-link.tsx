import type { ReactNode } from 'react';

interface ViewLinkProps {
  /** The query string of the view that it leads to. */
  search: string;
  title?: string | undefined;
  onFollow(): void;
  children: ReactNode;
}

/** A link to another view of the same page, which does not load the page again. */
export function ViewLink({ search, title, onFollow, children }: ViewLinkProps) {
  return (
    <a
      href={search}
      title={title}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onFollow();
      }}
    >
      {children}
    </a>
  );
}
