import { useQueryClient } from '@tanstack/react-query';
import { Component, type ReactNode } from 'react';
import { ErrorState } from './states.tsx';

/**
 * Shows what a page shows when something fails, where its content cannot be shown at all: what the server answered is
 * not what its contract says, or the page has a fault. To try again is to ask the server anew.
 */
export function ErrorBoundary(props: { title: string | undefined; children: ReactNode }) {
  const queries = useQueryClient();
  // The content is gone, so its queries are inactive. Those of the frame stay.
  return <Boundary {...props} onRetry={() => queries.removeQueries({ type: 'inactive' })} />;
}

interface BoundaryProps {
  /** The page's heading, which its content had. */
  title: string | undefined;
  children: ReactNode;
  onRetry(): void;
}

class Boundary extends Component<BoundaryProps, { error?: Error }> {
  override state: { error?: Error } = {};

  /** Wrapped: a bare `TypeError` would be explained as a network failure. */
  static getDerivedStateFromError(cause: unknown): { error: Error } {
    return { error: new Error('the page cannot be shown', { cause }) };
  }

  override render(): ReactNode {
    const { title, children } = this.props;
    const { error } = this.state;
    if (!error) return children;
    return (
      <div className="column">
        <h1 tabIndex={-1}>{title}</h1>
        <ErrorState error={error} onRetry={this.#retry} />
      </div>
    );
  }

  readonly #retry = () => {
    this.props.onRetry();
    this.setState({ error: undefined });
  };
}
