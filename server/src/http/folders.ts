import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';

/** A path that is one of a file of ours: no empty part, none that begins with a dot, nothing encoded. */
export const PLAIN_PATH = /^\/(?:[\w-][\w.-]*(?:\/[\w-][\w.-]*)*\/?)?$/;

/**
 * Middleware that leads from a folder without its slash to its page: to be put before the files of the folder, whose own
 * redirects are to be off. The `Location` is relative, for a proxy may strip the beginning of the path, and an absolute
 * path would lead out of what it serves.
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
