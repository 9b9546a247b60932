import { createHash, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { type IdempotencyKeys, MAX_KEYS, type OwnClaim } from '../database/idempotency-keys.ts';
import type { Principal } from './bearer.ts';
import { callerOf } from './caller.ts';
import { Failure, toFailure } from './failure.ts';

/** The request header, as the documents name it (draft-ietf-httpapi-idempotency-key-header). */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** The header of an answer that an earlier request got first. */
export const REPLAYED = 'Idempotency-Replayed';

/** One attempt at a request. */
export interface Attempt {
  /** The id of what the request does: the same for every repetition with its key. */
  id: string;
  /** Whether the request has a key: then its answer is kept, and is to count what was done for it by other servers too. */
  hasKey: boolean;
}

/**
 * Carries out a request at most once for each key, and returns what it returned then. What comes before the call is done
 * for repetitions too, such as to check what the caller may do now.
 *
 * Only successes are kept. After a 4xx of the first attempt nothing was changed: the key is free again. After a 5xx a
 * part may be done: the next repetition continues under the same id. From then on a 4xx keeps the key too.
 *
 * @throws Failure 409 while it runs, 422 for the key of another request, 429 for one key too many; else what `work` throws
 */
export type Once = <Answer extends object>(work: (attempt: Attempt) => Promise<Answer>) => Promise<Answer>;

/** A request that may have a key. */
export interface Keyable {
  principal: Principal;
  /** The header as it was sent. */
  header: string | undefined;
  /** What was asked for: operation, parameters and body. Another token of the caller may be allowed more or less of it. */
  content: object;
}

export interface OnceOptions {
  keys: Pick<IdempotencyKeys, 'claim'>;
  log: Pick<Logger, 'warn'>;
  /** Called if the answer is that of an earlier request. */
  onReplay(): void;
}

/** Makes the `once` of one request. */
export function onceFor({ principal, header, content }: Keyable, options: OnceOptions): Once {
  return async (work) => {
    if (header === undefined) return work({ id: randomUUID(), hasKey: false });
    const request = {
      caller: callerOf(principal),
      key: readKey(header),
      request: fingerprint(principal, content),
    };
    const claimed = await options.keys.claim(request);
    switch (claimed.state) {
      case 'claimed':
        return carryOut(claimed.claim, work, options.log);
      case 'done':
        options.onReplay();
        // The request is the same, and so is the operation that returned this.
        return JSON.parse(claimed.answer);
      case 'running':
        throw inUse(claimed.duration);
      case 'reused':
        throw reused();
      case 'full':
        throw tooMany(claimed.room);
    }
  };
}

async function carryOut<Answer extends object>(
  claim: OwnClaim,
  work: (attempt: Attempt) => Promise<Answer>,
  log: OnceOptions['log'],
): Promise<Answer> {
  const { revocation_id: id, isRepeated } = claim;
  let answer: Answer;
  try {
    answer = await work({ id, hasKey: true });
  } catch (error) {
    const isUntouched = !isRepeated && toFailure(error).status < 500;
    await (isUntouched ? claim.forget() : claim.release()).catch((err: unknown) =>
      // The claim ends by itself, a little later.
      log.warn({ err }, 'could not give an idempotency key back'),
    );
    throw error;
  }
  // Another attempt took over, because this one did not renew its claim in time, and has the whole count.
  if (!(await claim.finish(JSON.stringify(answer)))) throw inUse(0);
  return answer;
}

/**
 * A key as a structured string (RFC 8941, section 3.3.3), such as `"a"`, or as it is.
 */
function readKey(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])+)"$/.exec(header)?.[1];
  return quoted?.replace(/\\(.)/g, '$1') ?? header;
}

/**
 * A hash of what was asked for and of what the token allows: with other permissions the same words reach other grants.
 * Neither the order of keys counts, nor that of permissions and scopes.
 */
function fingerprint({ permissions, scopes }: Principal, content: object): string {
  const request = { ...content, permissions: sortedSet(permissions), scopes: sortedSet(scopes) };
  const inOrder = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(request, inOrder)).digest('hex');
}

function sortedSet(values: string[]): string[] {
  return [...new Set(values)].sort();
}

/** The longest time between two repetitions that is asked for, in seconds. */
const MAX_WAIT = 30;

/** Asks for a wait as long as the first request has run, so that repetitions become rarer the longer it takes. */
function inUse(runningMs: number): Failure {
  const seconds = Math.min(Math.max(Math.ceil(runningMs / 1000), 1), MAX_WAIT);
  return new Failure(
    'idempotency-key-in-use',
    'The first request with this Idempotency-Key is still running. Repeat the request after the time in Retry-After to get its answer.',
    { headers: { 'Retry-After': `${seconds}` } },
  );
}

function reused(): Failure {
  return new Failure(
    'idempotency-key-reused',
    'This Idempotency-Key was sent with another request before. Send a new key with a new request. Nothing was changed.',
    { fields: [{ in: 'header', field: IDEMPOTENCY_KEY, detail: 'was sent with another request before' }] },
  );
}

function tooMany(roomMs: number): Failure {
  return new Failure(
    'too-many-idempotency-keys',
    `${MAX_KEYS.toLocaleString('en')} Idempotency-Keys of this caller are kept already, each for 24 hours. Nothing was changed. Send the request without a key, or repeat it after the time in Retry-After.`,
    { headers: { 'Retry-After': `${Math.max(1, Math.ceil(roomMs / 1000))}` } },
  );
}
