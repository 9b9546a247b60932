import { fileURLToPath } from 'node:url';

/**
 * Where downloads are kept: in node_modules, so that they outlive restarts and never get into git.
 * GRANTKEEPER_CACHE_DIR names another place, for when node_modules is not writable. The folder may not exist yet.
 */
export function cacheFolder(): string {
  return (
    process.env.GRANTKEEPER_CACHE_DIR ??
    fileURLToPath(new URL('../../../../node_modules/.cache/grantkeeper', import.meta.url))
  );
}
