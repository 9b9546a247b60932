import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';

/** A path that can belong to one of our files: no empty segment, none that starts with a dot, nothing encoded. */
export const PLAIN_PATH = /^\/(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*\/?)?$/;

/**
 * Middleware that redirects from a folder without its trailing slash to its page. Mount it before the folder's static
 * files, and turn their own redirects off. `Location` is relative: a proxy may strip the beginning of the path, and an
 * absolute path would then lead out of what it serves.
 *
 * @param root the folder that is mounted
 */
export function folders(root: string): RequestHandler {
  return ({ method, path, originalUrl }, res, next) => {
    const [, pathname = '', query = ''] = /^([^?]*)(.*)$/s.exec(originalUrl) ?? [];
    const isFolder =
      (method === 'GET' || method === 'HEAD') &&
      !pathname.endsWith('/') &&
      PLAIN_PATH.test(path) &&
      existsSync(join(root, path, 'index.html'));
    if (!isFolder) return next();
    res.status(301).location(`${pathname.slice(pathname.lastIndexOf('/') + 1)}/${query}`);
    res.end();
  };
}
