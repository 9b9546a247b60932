import type { RequestHandler } from 'express';

/**
 * Loads something when it is first asked for, and keeps it. Whoever asks meanwhile waits for the same load; one that fails
 * is their error, and the next to ask tries again.
 */
export function loadedOnce<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

/** Middleware that is loaded when the first request comes, so that a start does not wait for it. */
export function whenAsked(load: () => Promise<RequestHandler>): RequestHandler {
  const handler = loadedOnce(load);
  return async (req, res, next) => (await handler())(req, res, next);
}
