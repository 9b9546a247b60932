import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import { Failure } from '../http/failure.ts';
import { folders } from '../http/folders.ts';
import type { OwnIssuer } from '../http/own-issuer.ts';
import { pagePolicy } from '../http/page-policy.ts';
import { PERSONAS } from './personas.ts';

/** What `npm run pages` builds from `sdk/example/`. */
const BUILT = fileURLToPath(new URL('../../../sdk/example/dist/', import.meta.url));

/** Short, so that a visitor sees a token expire and another replace it. */
const TOKEN_SECONDS = 15 * 60;

/**
 * The example pages, to mount at `/app`, and access tokens for the demo's people. Only for a server that is its own
 * issuer, on loopback and on the embedded database.
 */
export function demoPages(sign: OwnIssuer['sign']): Router {
  const router = Router();
  router.use(pagePolicy({ imgSrc: ["'self'", 'data:'], formAction: ["'self'"] }));

  router.get('/people', (_req, res) => {
    res.json({ people: PERSONAS.map(({ claims: _, ...persona }) => persona) });
  });
  router.post('/people/:id/token', async (req, res) => {
    const persona = PERSONAS.find(({ id }) => id === req.params.id);
    if (!persona) throw new Failure('not-found', 'The demo has no such person.');
    const access_token = await sign(persona.claims, TOKEN_SECONDS);
    res.set('Cache-Control', 'no-store');
    res.json({ access_token, token_type: 'Bearer', expires_in: TOKEN_SECONDS });
  });

  // Asset names change with their content; page names do not.
  router.use(
    '/assets',
    express.static(`${BUILT}assets`, {
      immutable: true,
      maxAge: '1y',
      index: false,
      redirect: false,
    }),
  );
  router.use(folders(BUILT));
  router.use(
    express.static(BUILT, {
      redirect: false,
      setHeaders: (res) => res.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  return router;
}

/** Whether the pages have been built. */
export function pagesAreBuilt(): boolean {
  return existsSync(`${BUILT}index.html`);
}
