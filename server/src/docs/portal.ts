import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { Router } from 'express';
import helmet from 'helmet';
import { folders, PLAIN_PATH } from '../http/folders.ts';
import { type OwnAddress, ownAddress } from '../http/own-address.ts';
import { missingPage, sendText, textFiles } from './texts.ts';

/** What `npm run docs` builds from `docs/`. */
const BUILT = fileURLToPath(new URL('../../../docs/dist/', import.meta.url));

/** The portal loads what lies beside it, and calls nothing but this server. */
const STRICT = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'none'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * The documentation, to be mounted at `/docs`; nothing where it is not built. A server needs it for nothing else, and
 * nothing of what builds it.
 *
 * @param address what its texts say that the server's address is
 */
export function portal(built = BUILT, address: OwnAddress = ownAddress()): Router {
  const router = Router();
  if (!portalIsBuilt(built)) return router;
  router.use(helmet.contentSecurityPolicy({ useDefaults: false, directives: STRICT }));
  router.use(
    '/reference',
    helmet.contentSecurityPolicy({ useDefaults: false, directives: forRedocly(built) }),
  );
  router.use('/try', helmet.contentSecurityPolicy({ useDefaults: false, directives: forSwagger() }));

  // A page of the reference has 2.6 MB, and 0.7 when compressed. Nothing here is secret, which answers of the API are.
  router.use(compression());
  const files = express.static(built, {
    // A range of a page that is then compressed would be a range of neither.
    acceptRanges: false,
    redirect: false,
    setHeaders(res, path) {
      // The names of hashed files change with what is in them; those of all others do not.
      const isHashed = /-[A-Z0-9]{8}\.(?:js|css)$/.test(path);
      res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  router.use(folders(built), textFiles(built, address));
  // By another path than its own, a page's relative links would lead elsewhere.
  router.use((req, res, next) => (PLAIN_PATH.test(req.path) ? files(req, res, next) : next()));
  // Without a pattern: a path that cannot be decoded is not there either.
  router.use((req, res, next) => {
    // Whoever reads in a browser gets a page; programs get the error that all other addresses have.
    const isRead = ['GET', 'HEAD'].includes(req.method) && req.accepts(['json', 'html']) === 'html';
    if (!isRead) return next();
    sendText(res.status(404), 'html', missingPage(built, req.path), address);
  });
  return router;
}

/** Whether there is documentation to serve. */
export function portalIsBuilt(built = BUILT): boolean {
  return existsSync(`${built}script-hashes.json`);
}

function forRedocly(built: string) {
  return {
    ...STRICT,
    // A page of Redocly is whole: its script is in it. That very script may run, and no other inline.
    scriptSrc: ["'self'", () => scriptHashes(built)],
    // It makes its styles while it runs, so they have no hash that could be known before.
    styleSrc: ["'self'", "'unsafe-inline'"],
    // Icons and a font of these, in its styles.
    imgSrc: ["'self'", 'data:'],
    fontSrc: ['data:'],
  };
}

/** Read with each page, for `npm run docs` may build anew while the server runs. */
function scriptHashes(built: string): string {
  const hashes: string[] = JSON.parse(readFileSync(`${built}script-hashes.json`, 'utf8'));
  return hashes.map((hash) => `'${hash}'`).join(' ');
}

function forSwagger() {
  // Swagger UI's icons are in its styles.
  return { ...STRICT, imgSrc: ["'self'", 'data:'] };
}
