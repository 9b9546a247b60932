import type { Socket } from 'node:net';
import type { Request } from 'express';
import { goesBy } from './own-host.ts';

/** What a server knows of where it is. */
export interface Whereabouts {
  /** Where clients reach it, where that was said: then that is its address, and nothing else. */
  publicUrl?: URL | undefined;
  /** The names that it goes by; undefined for any. */
  names?: string[] | undefined;
  /** How many proxies of ours are in front. */
  proxies?: number;
}

/** How a server calls itself. */
export interface OwnAddress {
  /** Somebody said where clients reach it: no client knows better. */
  isPublic: boolean;
  /** Its address for the client of a request: no slash at its end, with the prefix that a proxy strips. */
  of(req: Request): string;
}

/** A name or an address, and a port: nothing that could be markup or a shell's. */
const HOST = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const PREFIX = /^(?:\/[\w.~-]+)+$/;
const MAX_PREFIX_LENGTH = 200;

/**
 * The one place that knows where the server is, for all that it says of itself: `PUBLIC_URL`, else the address that it
 * was asked at. What a request calls it counts only where `fromOwnHost` would let the request in; else it is the address
 * that the connection came to. What a proxy says (`X-Forwarded-Host`, `-Port`, `-Proto`, `-Prefix`) counts behind
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

/** A URL as an address: without what is not part of where it leads, and without a slash at its end. */
function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/**
 * Where a server that has just started is, for whoever started it.
 *
 * @param listening where it listens; to listen on every address of a machine is to be on its loopback too
 */
export function startAddress(listening: string, publicUrl: URL | undefined): string {
  if (publicUrl) return addressOf(publicUrl);
  return listening.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/** What a proxy of ours says that it strips from the beginning of every path; empty where none says so. */
export function prefixOf(req: Request, proxies: number): string {
  if (proxies === 0) return '';
  // Proxies in a row each add what they strip.
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

/** Some proxies say the port by a header of its own. */
function portBehind(req: Request, host: string, proxies: number): string {
  const port = req.get('x-forwarded-port') ?? '';
  const isSaid = proxies > 0 && req.get('x-forwarded-host') && !/:\d+$/.test(host) && /^\d{1,5}$/.test(port);
  return isSaid ? `:${port}` : '';
}

function originOf({ localAddress = '', localPort }: Socket): string {
  const address = localAddress.replace(/^::ffff:(?=\d)/, '');
  return `http://${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
