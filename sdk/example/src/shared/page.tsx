import type { Grantkeeper } from '@grantkeeper/sdk';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ComponentType, type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { openApi } from '../session.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { asSamePerson, usePerson } from './person.ts';
import { ThemeToggle } from './theme-toggle.tsx';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/frame.css';
import '../styles/parts.css';

/** What a page's content gets. */
export interface PageContent {
  /** The API as the signed-in person may use it. */
  grantkeeper: Grantkeeper;
}

/** Failures show at once: the SDK has tried again already, and a browser's idea of being offline is a guess. */
const always = { retry: false, networkMode: 'always' } as const;

/** Puts a page for a signed-in person into the document. */
export function mountPage(Content: ComponentType<PageContent>): void {
  mount(
    <Frame>
      <Content grantkeeper={openApi()} />
    </Frame>,
  );
}

/** Puts something into the document, with what every page needs around it. */
export function mount(content: ReactNode): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('the document has no #root');
  const queries = new QueryClient({ defaultOptions: { queries: always, mutations: always } });
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>{content}</QueryClientProvider>
    </StrictMode>,
  );
}

const PAGES = [
  ['connected-apps', 'Connected apps'],
  ['grants', 'Grants'],
  ['audit', 'Audit'],
] as const;

function Frame({ children }: { children: ReactNode }) {
  const person = usePerson();
  const current = PAGES.find(([path]) => location.pathname.includes(`/${path}/`));
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="frame">
        <a className="brand" href="../">
          Grantkeeper
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([path, title]) => (
            <a
              key={path}
              href={`../${path}/${asSamePerson()}`}
              aria-current={path === current?.[0] ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <p className="who">
          {person && (
            <>
              <strong>
                <bdi>{person.name}</bdi>
              </strong>{' '}
              {person.role && <span>{person.role}</span>}
            </>
          )}
          <a href="../">Switch person</a>
        </p>
        <ThemeToggle />
      </header>
      <main id="content" tabIndex={-1}>
        <ErrorBoundary title={current?.[1]}>{children}</ErrorBoundary>
      </main>
    </>
  );
}
