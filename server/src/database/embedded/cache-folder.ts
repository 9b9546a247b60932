import { fileURLToPath } from 'node:url';

/**
 * Where what was fetched once is kept: in node_modules, so that it outlives restarts and never gets into git.
 * GRANTKEEPER_CACHE_DIR names another place, for one where node_modules cannot be written. It may not exist yet.
 */
export function cacheFolder(): string {
  return (
    process.env.GRANTKEEPER_CACHE_DIR ??
    fileURLToPath(new URL('../../../../node_modules/.cache/grantkeeper', import.meta.url))
  );
}
