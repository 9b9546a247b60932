import type { Socket } from 'node:net';
import type { Request } from 'express';
import { goesBy } from './own-host.ts';

/** What a server knows about where it is. */
export interface Whereabouts {
  /** Where clients reach it, if configured: then this is its address, and nothing else. */
  publicUrl?: URL | undefined;
  /** The host names it accepts; undefined for any. */
  names?: string[] | undefined;
  /** How many of our own proxies are in front. */
  proxies?: number;
}

/** How a server refers to itself. */
export interface OwnAddress {
  /** Whether the address is configured: then no client knows better. */
  isPublic: boolean;
  /** Its address for the client of a request: without a trailing slash, with the prefix that a proxy strips. */
  of(req: Request): string;
}

/** A name or an address, and a port: nothing that could be markup or shell syntax. */
const HOST = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const PREFIX = /^(?:\/[\w.~-]+)+$/;
const MAX_PREFIX_LENGTH = 200;

/**
 * The one place that knows where the server is, for everything it says about itself: `PUBLIC_URL`, else the address it
 * was asked at. The host a request names counts only if `fromOwnHost` would let the request in; otherwise it is the
 * address that the connection came to. Proxy headers (`X-Forwarded-Host`, `-Port`, `-Proto`, `-Prefix`) count with
 * `TRUSTED_PROXIES`.
 */
export function ownAddress({ publicUrl, names, proxies = 0 }: Whereabouts = {}): OwnAddress {
  if (publicUrl) {
    const address = addressOf(publicUrl);
    return { isPublic: true, of: () => address };
  }
  return {
    isPublic: false,
    of: (req) => `${originAsked(req, names, proxies) ?? originOf(req.socket)}${prefixOf(req, proxies)}`,
  };
}

/** A URL's origin and path, without a trailing slash. */
function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/**
 * Where a server that has just started can be reached, to show on startup.
 *
 * @param listening where it listens; listening on every address of a machine includes its loopback
 */
export function startAddress(listening: string, publicUrl: URL | undefined): string {
  if (publicUrl) return addressOf(publicUrl);
  return listening.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/** The prefix that our proxies say they strip from every path; empty if none says so. */
export function prefixOf(req: Request, proxies: number): string {
  if (proxies === 0) return '';
  // Proxies in a row each append what they strip.
  const prefix = (req.get('x-forwarded-prefix') ?? '')
    .split(',')
    .map((part) => part.trim().replace(/\/+$/, ''))
    .join('');
  return PREFIX.test(prefix) && !/\/\.\.?(?:\/|$)/.test(prefix) && prefix.length <= MAX_PREFIX_LENGTH
    ? prefix
    : '';
}

function originAsked(req: Request, names: string[] | undefined, proxies: number): string | undefined {
  const host = req.host ?? '';
  if (!goesBy(names, req.hostname) || !HOST.test(host)) return undefined;
  const url = `${req.protocol === 'https' ? 'https' : 'http'}://${host}${portBehind(req, host, proxies)}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

/** Some proxies send the port in a header of its own. */
function portBehind(req: Request, host: string, proxies: number): string {
  const port = req.get('x-forwarded-port') ?? '';
  const isSaid = proxies > 0 && req.get('x-forwarded-host') && !/:\d+$/.test(host) && /^\d{1,5}$/.test(port);
  return isSaid ? `:${port}` : '';
}

function originOf({ localAddress = '', localPort }: Socket): string {
  const address = localAddress.replace(/^::ffff:(?=\d)/, '');
  return `http://${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
