import { type ClientRequest, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { useAgent as agentFor } from 'request-filtering-agent';
import { Webhook } from 'standardwebhooks';
import { VERSION } from '../version.ts';
import type { Receiver } from './receivers.ts';

/** How long a delivery may take in all, in milliseconds. */
export const SEND_LIMIT_MS = 15_000;

/** How much of an answer is read, in bytes: enough for one to end by itself. */
const READ_LIMIT = 4 * 1024;

export interface SendOptions {
  /** Whether the receiver may be at a private address. */
  allowPrivate: boolean;
  /** When it is sent: what the signature covers. */
  at: Date;
  /** In milliseconds. */
  limit?: number | undefined;
  /** Gives it up. */
  signal?: AbortSignal | undefined;
  /** Resolves names; the system's by default. */
  lookup?: LookupFunction | undefined;
}

/** How an attempt to deliver a message ended. */
export type Outcome =
  | { delivered: true; status: number }
  | {
      delivered: false;
      error: string;
      status?: number;
      /** When the receiver asks to be tried again, in milliseconds from now. */
      retryAfter?: number | undefined;
    };

/**
 * Sends a message to a receiver, signed with each of its secrets. Only a status of 200 to 299 in time is a success.
 * Redirects are not followed, and addresses are checked once a name is resolved, for that very connection.
 */
export async function send(
  { url, secrets }: Pick<Receiver, 'url' | 'secrets'>,
  { id, body }: { id: string; body: string },
  { allowPrivate, at, limit = SEND_LIMIT_MS, signal, lookup }: SendOptions,
): Promise<Outcome> {
  const timeout = AbortSignal.timeout(limit);
  const options: RequestOptions = {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': `Grantkeeper/${VERSION}`,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
    },
    agent: agentFor(url.href, { allowPrivateIPAddress: allowPrivate, allowMetaIPAddress: false }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...(lookup && { lookup }),
  };
  try {
    const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
    const { status, retryAfter } = await answerTo(request, body);
    if (status >= 200 && status < 300) return { delivered: true, status };
    const error =
      status >= 300 && status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;
    return { delivered: false, error, status, retryAfter: readRetryAfter(retryAfter, at) };
  } catch (error) {
    if (timeout.aborted) return { delivered: false, error: `no answer within ${limit / 1_000} s` };
    return { delivered: false, error: reasonOf(error) };
  }
}

/** The status of the answer, once it has ended, or more came than is read. */
function answerTo(
  request: ClientRequest,
  body: string,
): Promise<{ status: number; retryAfter?: string | undefined }> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    // A switch of protocols (101) is neither an answer nor an error.
    request.on('close', () => reject(new Error('no answer')));
    request.on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      const end = () => resolve({ status, retryAfter: headers['retry-after'] });
      // However the rest of it ends, the status stands.
      request.off('error', reject).on('error', end);
      let read = 0;
      response.on('data', ({ length }: Buffer) => {
        read += length;
        if (read > READ_LIMIT) response.destroy();
      });
      response.on('error', end).on('close', end);
    });
    request.end(body);
  });
}

/** A number of seconds or a date (RFC 9110, section 10.2.3), as milliseconds from a moment. */
function readRetryAfter(text: string | undefined, at: Date): number | undefined {
  if (text === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - at.getTime();
  return wait > 0 ? wait : undefined;
}

/** Names the fault, without what it was about: a URL may hold what others must not see. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (/\bis not allowed\b/.test(error.message))
    return 'refused: the address is private (WEBHOOKS_ALLOW_PRIVATE)';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name;
}
