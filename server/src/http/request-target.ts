import type { IncomingMessage, RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import { Failure } from './failure.ts';

/** Faults in the head of a request, found before Express sees it. */
const faults = new WeakMap<IncomingMessage, Failure>();

/** A name or address, with an optional port: RFC 3986, section 3.2, without user information. */
const AUTHORITY = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * Normalizes every form of a request target (RFC 9112, section 3.2) to the one that the whole app reads, `/path?query`,
 * before Express or anything below it sees it. Proxies receive absolute forms, and a server must accept them: then
 * their host counts, and `Host` does not. The app itself responds to what cannot be read, with `refuseUnreadable`.
 */
export function withReadTargets(app: RequestListener): RequestListener {
  return (req, res) => {
    const target = req.url ?? '';
    const fault = faultOfHead(req) ?? readTarget(req, target);
    if (fault !== undefined) {
      faults.set(req, new Failure('invalid-request', fault));
      // The log shows what was sent; nothing else may route by it.
      Object.assign(req, { url: '/', originalUrl: target });
    }
    app(req, res);
  };
}

/** Middleware that rejects a request whose head could not be read. */
export const refuseUnreadable: RequestHandler = (req, res, next) => {
  const fault = faults.get(req);
  if (fault) throw fault;
  const { expect } = req.headers;
  if (expect !== undefined) {
    // A client that waits for our word before it sends a body may send it after all: end the connection with the
    // response.
    res.set('Connection', 'close');
    if (expect.toLowerCase() !== '100-continue') {
      throw new Failure('expectation-failed', 'The only expectation that can be met is 100-continue.');
    }
  }
  if (req.url === '*') {
    // Asks what the server as a whole supports (RFC 9110, section 9.3.7).
    res.status(204).set('Allow', METHODS).end();
    return;
  }
  next();
};

/** The methods that any of our paths accepts. */
export const METHODS = 'GET, HEAD, POST, DELETE, OPTIONS';

/** RFC 9112, section 3.2: HTTP/1.1 has one Host, and a readable one. */
function faultOfHead({ httpVersion, headers, rawHeaders }: IncomingMessage): string | undefined {
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
  if (hosts > 1) return 'The request has more than one header Host.';
  if (hosts === 0 && httpVersion === '1.1') return 'The request has no header Host.';
  if (!AUTHORITY.test(headers.host ?? '')) return 'The header Host is not a host with an optional port.';
  return undefined;
}

/** Returns what is wrong with a target, or writes what it says into the request. */
function readTarget(req: IncomingMessage, target: string): string | undefined {
  // Two parsers may read such characters differently, and none belongs there (RFC 3986, section 2).
  if (/[^\x21-\x7e]|#/.test(target)) {
    return 'The address of the request holds characters that must be sent percent-encoded.';
  }
  if (target.startsWith('/') || (target === '*' && req.method === 'OPTIONS')) return undefined;
  const [, , authority = '', rest = ''] = ABSOLUTE.exec(target) ?? [];
  if (authority === '' || !AUTHORITY.test(authority)) {
    return 'The address of the request must be a path such as /healthz, or a URL that begins with http:// or https://.';
  }
  req.headers.host = authority;
  req.url = rest.startsWith('/') ? rest : `/${rest}`;
  return undefined;
}

/** A request's query as sent, without its question mark: everything after the first one. */
export function queryText({ originalUrl }: { originalUrl: string }): string {
  const begin = originalUrl.indexOf('?');
  return begin === -1 ? '' : originalUrl.slice(begin + 1);
}
