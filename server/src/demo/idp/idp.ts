import { Router } from 'express';
import { servePages } from '../html.ts';
import { interactions } from './interactions.ts';
import { type IdpOptions, openProvider } from './provider.ts';

/**
 * A small authorization server for the demo, to mount at the path of its issuer: people sign in by saying who they are,
 * and allow or deny what apps ask for. What they allow is in the store that the API serves.
 */
export async function createIdp(options: IdpOptions): Promise<Router> {
  const provider = await openProvider(options);
  const router = Router();
  // A policy cannot name IPv6 addresses: browsers report each as invalid.
  router.use(servePages(options.pageOrigins.filter((origin) => !origin.includes('['))));
  router.use('/interaction', interactions(provider, options.app));
  // The library decides for each client, unless somebody has decided before.
  router.use((_req, res, next) => {
    for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name);
    next();
  });
  router.use(provider.callback());
  return router;
}
