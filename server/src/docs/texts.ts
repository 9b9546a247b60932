import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { RequestHandler, Response } from 'express';
import { PLAIN_PATH } from '../http/folders.ts';
import type { OwnAddress } from '../http/own-address.ts';
import { EXAMPLE_SERVER, saying } from './addresses.ts';

const TEXTS = new Set(['.html', '.md', '.txt', '.js', '.json', '.yaml', '.atom']);

/** The deepest folder from which links of the page for missing pages lead back: the portal's own are two deep. */
const DEEPEST = 8;

/**
 * Middleware that sends the text files of a folder that contain the example server's address, with the server's own in
 * its place. All other files are left to the next handler.
 */
export function textFiles(root: string, address: OwnAddress): RequestHandler {
  return async (req, res, next) => {
    const path = req.path.endsWith('/') ? `${req.path}index.html` : req.path;
    const isText =
      (req.method === 'GET' || req.method === 'HEAD') && PLAIN_PATH.test(path) && TEXTS.has(extname(path));
    const text = isText ? await readFile(join(root, path), 'utf8').catch(() => undefined) : undefined;
    if (!text?.includes(EXAMPLE_SERVER)) return next();
    res.set('Cache-Control', 'no-cache');
    sendText(res, extname(path), text, address);
  };
}

/**
 * Sends a text of the documentation with the server's address in it; a client that has it already gets a 304. Unless
 * the address is public, the page's scripts insert the one that the page came from: behind proxies, the server may not
 * know it.
 */
export function sendText(res: Response, type: string, text: string, address: OwnAddress): void {
  const marked = address.isPublic ? text.replace(' data-server="', ' data-public-server="') : text;
  const body = saying(marked, address.of(res.req));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  // Weak: compressed, it is the same to a reader, but not byte for byte.
  res.set('ETag', `W/"${hash}"`).type(type).send(body);
}

/**
 * The page shown for a missing page, with its links leading back from where the browser thinks it is. Deeper than any
 * page is, those links would be longer than the page, so it has none.
 */
export function missingPage(root: string, path: string): string {
  const depth = path.split('/', DEEPEST + 3).length - 2;
  if (depth > DEEPEST) return NOWHERE;
  return readFileSync(join(root, '404.html'), 'utf8').replaceAll('"./', `"${'../'.repeat(depth) || './'}`);
}

const NOWHERE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>No such page · Grantkeeper</title>
<h1>There is no such page</h1>
<p>No page of the documentation is this many folders deep. Begin at its first page.</p>
`;
