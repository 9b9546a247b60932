import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { RequestHandler, Response } from 'express';
import { PLAIN_PATH } from '../http/folders.ts';
import type { OwnAddress } from '../http/own-address.ts';
import { EXAMPLE_SERVER, saying } from './addresses.ts';

const TEXTS = new Set(['.html', '.md', '.txt', '.js', '.json']);

/** The deepest folder of which links lead back from what is not there: the portal's own are two deep. */
const DEEPEST = 8;

/**
 * Middleware that sends the text files of a folder that name the example's address, with the server's own in its place.
 * All other files are left to what comes after it.
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
 * Sends a text of the documentation, saying the server's address; a client that has it already hears so. The scripts of a
 * page put the address there that the page came from, which a server behind proxies may not know, unless it is public.
 */
export function sendText(res: Response, type: string, text: string, address: OwnAddress): void {
  const marked = address.isPublic ? text.replace(' data-server="', ' data-public-server="') : text;
  const body = saying(marked, address.of(res.req));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 27);
  // Weak: what is compressed is the same to a reader, not byte for byte.
  res.set('ETag', `W/"${hash}"`).type(type).send(body);
}

/**
 * The page for readers where there is none, as it is built, its links leading back from where the browser believes to
 * be. Further down than any page is, they would be longer than the page: there it has none.
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
