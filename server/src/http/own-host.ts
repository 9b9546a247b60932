import type { RequestHandler } from 'express';
import { Failure } from './failure.ts';
import { shortened } from './shortened.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address to listen on, or a host name of a URL, is this machine's own: others cannot reach it. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host) || host === '::1';
}

/** The origins of a server on this machine, by each of its names. */
export function ownOrigins(address: string): string[] {
  return LOOPBACK.map((name) => {
    const url = new URL(address);
    url.hostname = name;
    return url.origin;
  });
}

/**
 * The names that clients may call a server by; undefined for any, if it is reachable from elsewhere and none is set.
 *
 * @param host what it listens on
 * @param publicUrl where clients reach it, if configured
 */
export function namesOf(host: string, publicUrl: URL | undefined): string[] | undefined {
  if (publicUrl) return [...LOOPBACK, publicUrl.hostname];
  return isLoopback(host) ? LOOPBACK : undefined;
}

/** Whether a name is one of the server's; any is, if none are configured. */
export function goesBy(names: string[] | undefined, hostname: string | undefined): boolean {
  return names === undefined || names.includes(String(hostname).toLowerCase());
}

/**
 * Middleware against pages of other sites, including those that point their own name at this server (DNS rebinding): a
 * request must call the server by one of its names, and a page that sends it must be the server's own or of an allowed
 * origin. Programs other than browsers send no `Origin`.
 *
 * @param corsOrigins the allowed origins; if absent, only the server's own pages may call, whatever is configured
 */
export function fromOwnHost(names: string[] | undefined, corsOrigins?: string[]): RequestHandler {
  const refusal = corsOrigins
    ? 'Pages of this origin may not call: see CORS_ORIGINS.'
    : 'Pages of other origins may not call here, whatever CORS_ORIGINS says.';
  return (req, _res, next) => {
    if (!goesBy(names, req.hostname)) {
      const name = shortened(String(req.hostname).toLowerCase());
      throw new Failure('forbidden', `This server does not go by the name ${name}: see PUBLIC_URL.`);
    }
    const origin = req.get('origin');
    const isAllowed =
      origin === undefined ||
      corsOrigins?.includes('*') ||
      corsOrigins?.includes(origin) ||
      (URL.canParse(origin) && new URL(origin).host === req.host);
    if (!isAllowed) throw new Failure('forbidden', refusal);
    next();
  };
}
