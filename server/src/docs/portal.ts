import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { Router } from 'express';
import { folders, PLAIN_PATH } from '../http/folders.ts';
import { type OwnAddress, ownAddress } from '../http/own-address.ts';
import { pagePolicy } from '../http/page-policy.ts';
import { missingPage, sendText, textFiles } from './texts.ts';

/** What `npm run docs` builds from `docs/`. */
const BUILT = fileURLToPath(new URL('../../../docs/dist/', import.meta.url));

/** What search and MCP answer from; `npm run docs` builds it too. */
export const LIBRARY = `${BUILT}library.json`;

/**
 * The documentation, to mount at `/docs`; an empty router if it is not built. The server uses it for nothing else, and
 * needs nothing of what builds it.
 *
 * @param address the server's address that its texts show
 */
export function portal(built = BUILT, address: OwnAddress = ownAddress()): Router {
  const router = Router();
  if (!portalIsBuilt(built)) return router;
  router.use(pagePolicy());
  // Redocly creates its styles at run time, with icons and a font in them: their hashes cannot be known.
  const redocStyles = {
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ['data:'],
  };
  router.use('/redoc', pagePolicy(redocStyles));
  // Swagger UI's styles contain its icons.
  router.use('/try', pagePolicy({ imgSrc: ["'self'", 'data:'] }));

  // Redocly's pages have 2.6 MB, 0.7 compressed. Safe here because nothing is secret, unlike the API's
  // responses.
  router.use(compression());
  const files = express.static(built, {
    // A range of a page that is then compressed would be a range of neither.
    acceptRanges: false,
    redirect: false,
    setHeaders(res, path) {
      // Hashed file names change with the content; all others stay.
      const isHashed = /-[A-Z0-9]{8}\.(?:js|css)$/.test(path);
      res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  router.use(folders(built), textFiles(built, address));
  // Under any other path, a page's relative links would lead elsewhere.
  router.use((req, res, next) => (PLAIN_PATH.test(req.path) ? files(req, res, next) : next()));
  // No path pattern: a path that cannot be decoded is a missing page too.
  router.use((req, res, next) => {
    // Browsers get a page; programs get the same error as at any other address.
    const isRead = ['GET', 'HEAD'].includes(req.method) && req.accepts(['json', 'html']) === 'html';
    if (!isRead) return next();
    sendText(res.status(404), 'html', missingPage(built, req.path), address);
  });
  return router;
}

/** Whether the documentation has been built. */
export function portalIsBuilt(built = BUILT): boolean {
  return existsSync(`${built}library.json`);
}
