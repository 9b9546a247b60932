import type { IncomingMessage, RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import { Failure } from './failure.ts';

/** What is wrong with the head of a request, found before Express sees it. */
const faults = new WeakMap<IncomingMessage, Failure>();

/** A name or address, and perhaps a port: RFC 3986, section 3.2, without user information. */
const AUTHORITY = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

/**
 * Makes every form of a request target (RFC 9112, section 3.2) the one that all of the app reads, `/path?query`, before
 * Express and everything below it reads it. A proxy is sent absolute forms, and a server must take them: what they say
 * of the host counts then, and `Host` does not. The app itself answers what cannot be read, by `refuseUnreadable`.
 */
export function withReadTargets(app: RequestListener): RequestListener {
  return (req, res) => {
    const target = req.url ?? '';
    const fault = faultOfHead(req) ?? readTarget(req, target);
    if (fault !== undefined) {
      faults.set(req, new Failure('invalid-request', fault));
      // The log tells what was sent; nothing else may route by it.
      Object.assign(req, { url: '/', originalUrl: target });
    }
    app(req, res);
  };
}

/** Middleware that answers a request whose head could not be read. */
export const refuseUnreadable: RequestHandler = (req, res, next) => {
  const fault = faults.get(req);
  if (fault) throw fault;
  const { expect } = req.headers;
  if (expect !== undefined) {
    // Whoever waits for our word before sending a body may send it after all: such a connection ends with the answer.
    res.set('Connection', 'close');
    if (expect.toLowerCase() !== '100-continue') {
      throw new Failure('expectation-failed', 'The only expectation that can be met is 100-continue.');
    }
  }
  if (req.url === '*') {
    // Asks what the server as a whole can do (RFC 9110, section 9.3.7).
    res.status(204).set('Allow', METHODS).end();
    return;
  }
  next();
};

/** The methods that any path of ours takes. */
export const METHODS = 'GET, HEAD, POST, DELETE, OPTIONS';

/** RFC 9112, section 3.2: HTTP/1.1 has one Host, and a readable one. */
function faultOfHead({ httpVersion, headers, rawHeaders }: IncomingMessage): string | undefined {
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
  if (hosts > 1) return 'The request has more than one header Host.';
  if (hosts === 0 && httpVersion === '1.1') return 'The request has no header Host.';
  if (!AUTHORITY.test(headers.host ?? '')) return 'The header Host is not a host with an optional port.';
  return undefined;
}

/** Gives what is wrong with a target, or puts what it says into the request. */
function readTarget(req: IncomingMessage, target: string): string | undefined {
  // Two readers take such characters for two different things, and none of them belongs there (RFC 3986, section 2).
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

/** The query of a request as it was sent, without its question mark: what comes after the first one. */
export function queryText({ originalUrl }: { originalUrl: string }): string {
  const begin = originalUrl.indexOf('?');
  return begin === -1 ? '' : originalUrl.slice(begin + 1);
}
