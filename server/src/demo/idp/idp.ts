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
  router.use(servePages());
  router.use('/interaction', interactions(provider, options.app));
  router.use(provider.callback());
  return router;
}
