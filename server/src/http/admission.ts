import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { inTime } from '../in-time.ts';
import { claimedCaller } from './bearer.ts';
import { answerErrors, type ErrorFormat } from './errors.ts';
import { Failure, type FailureReason } from './failure.ts';
import { giveId } from './logging.ts';

/** How much a server takes on at a time. */
export interface AdmissionLimits {
  /**
   * How many requests that only read are carried out at a time, and how many others: neither keeps the other out. While
   * there are so many, a caller gets another one in only if it has fewer than half.
   */
  inFlight: number;
  /** How many at most in a burst, of each kind: repetitions of a write are answered sooner than lists. */
  burst: Record<Kind, number>;
  /** How long a burst may last, in milliseconds: more than `inFlight` at a time for longer is an overload. */
  burstMs: number;
  /** How many bytes of responses may wait until clients have read more, and as many of bodies until they are complete. */
  waitingBytes: number;
  /** How long a client may take to read a response, in milliseconds; then its connection is cut. */
  readingMs: number;
  /** How long a request that only reads may take, in milliseconds. */
  readMs: number;
  /** How long any other request may take, in milliseconds; a bulk revocation takes long. */
  writeMs: number;
}

/** The limits of a server in production, but for `inFlight`, which is configured. */
export const ADMISSION_LIMITS = {
  burst: { read: 64, write: 256 },
  burstMs: 500,
  waitingBytes: 64 * 1024 * 1024,
  readingMs: 30_000,
  readMs: 60_000,
  writeMs: 300_000,
} as const satisfies Omit<AdmissionLimits, 'inFlight'>;

type Kind = 'read' | 'write';

const DAY_MS = 86_400_000;
const NO_LIMITS: AdmissionLimits = {
  inFlight: Infinity,
  burst: { read: Infinity, write: Infinity },
  burstMs: Infinity,
  waitingBytes: Infinity,
  readingMs: DAY_MS,
  readMs: DAY_MS,
  writeMs: DAY_MS,
};

/** After so long with fewer in flight than there may be, more of them are a new burst. In milliseconds. */
const CALM_MS = 1_000;

/** The requests of a kind that are being carried out. */
class Load {
  inFlight = 0;
  readonly #ofCallers = new Map<string, number>();
  #crowdedAt = Number.NEGATIVE_INFINITY;
  #crowdedSince = Number.NEGATIVE_INFINITY;

  begin(caller: string): void {
    this.inFlight += 1;
    this.#ofCallers.set(caller, this.#of(caller) + 1);
  }

  end(caller: string): void {
    this.inFlight -= 1;
    const left = this.#of(caller) - 1;
    if (left > 0) this.#ofCallers.set(caller, left);
    else this.#ofCallers.delete(caller);
  }

  #of(caller: string): number {
    return this.#ofCallers.get(caller) ?? 0;
  }

  /**
   * Whether a crowd has no room for one more of a caller. Half of `inFlight` is a caller's share, and no caller counts for
   * more: whatever one has under way, others still get in.
   */
  isFullFor(caller: string, inFlight: number): boolean {
    const share = Math.ceil(inFlight / 2);
    if (this.#of(caller) >= share) return true;
    let counted = 0;
    for (const own of this.#ofCallers.values()) counted += Math.min(own, share);
    return counted >= inFlight;
  }

  /** Whether there are too many. A burst is let in; if there is no end of it, only as many as may be in flight. */
  isCrowded({ inFlight, burstMs }: AdmissionLimits, burst: number, now: () => number): boolean {
    if (this.inFlight < inFlight) return false;
    const time = now();
    if (time - this.#crowdedAt > CALM_MS) this.#crowdedSince = time;
    this.#crowdedAt = time;
    return this.inFlight >= Math.max(burst, inFlight) || time - this.#crowdedSince >= burstMs;
  }
}

/**
 * What a server is doing, and what it refuses so that the rest is not slowed down. A request beyond the limits is a 503
 * with `Retry-After` at once. Requests that are still being received, and responses that are being read, do not count as
 * being carried out: their clients could keep all others out. Their bytes count.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #log: Pick<Logger, 'warn'> | undefined;
  readonly #now: () => number;
  readonly #unread = new Map<Socket, Map<ServerResponse, NodeJS.Timeout>>();
  readonly #loads = { read: new Load(), write: new Load() };
  #receivedBytes = 0;
  #refused = 0;

  /**
   * @param log gets a line for each second in which requests were refused, with what was under way at the first of them
   * @param now a monotonic clock, in milliseconds
   */
  constructor(limits = NO_LIMITS, log?: Pick<Logger, 'warn'>, now = () => performance.now()) {
    this.#now = now;
    this.#limits = limits;
    this.#log = log;
  }

  /**
   * Middleware that refuses requests beyond the limits, for before all other work, the log's too: thousands a second must
   * not slow down those that are admitted.
   *
   * @param setHeaders sets headers that the refusal needs, too, for pages of other origins to read it
   */
  refuseIfFull(
    format: ErrorFormat,
    setHeaders: RequestHandler = (_req, _res, next) => next(),
  ): RequestHandler {
    const answer = answerErrors(format);
    return (req, res, next) => {
      // Whom a token claims to be from is enough here: a false one is refused sooner, or by the check of tokens.
      const callerOf = () => claimedCaller(req.headers.authorization);
      if (req.method === 'OPTIONS' || !this.#isFull(kindOf(req.method), callerOf)) return next();
      req.id = giveId(req, res);
      res.set('Cache-Control', 'no-store');
      setHeaders(req, res, () => answer(this.#refusal(), req, res, next));
    };
  }

  /**
   * Carries a request out.
   *
   * @param request.method decides whether it only reads
   * @param request.caller who asked, as `callerOf` has it
   * @throws Failure 503 if there is too much to do or if it takes too long: then it goes on, and counts until it has ended
   */
  carryOut<Result>(
    { method, caller }: { method: string; caller: string },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const kind = kindOf(method);
    if (this.#isFull(kind, () => caller)) throw this.#refusal();
    const load = this.#loads[kind];
    load.begin(caller);
    const working = work().finally(() => load.end(caller));
    const { readMs, writeMs } = this.#limits;
    return inTime(working, kind === 'read' ? readMs : writeMs, tooLate);
  }

  /**
   * Counts bytes of a body that is being received. They count, also after a refusal, until they are released.
   *
   * @throws Failure 503 if too many wait
   */
  hold(bytes: number): void {
    this.#receivedBytes += bytes;
    // Not together with unread responses: bodies that come slowly must not keep out those who read.
    if (this.#receivedBytes > this.#limits.waitingBytes) throw this.#refusal();
  }

  /** Stops counting bytes that were held. */
  release(bytes: number): void {
    this.#receivedBytes -= bytes;
  }

  /** Watches a response that has been written whole: its client must read it in time. */
  watch(res: ServerResponse): void {
    const { socket } = res.req;
    if (res.writableLength === 0 || socket.destroyed) return;
    const waiting = this.#waitingOn(socket);
    waiting.set(
      res,
      setTimeout(() => socket.destroy(), this.#limits.readingMs),
    );
    res.once('close', () => {
      clearTimeout(waiting.get(res));
      waiting.delete(res);
    });
  }

  /** The responses that wait on a connection. Those that are pipelined have no event of their own if it closes. */
  #waitingOn(socket: Socket): Map<ServerResponse, NodeJS.Timeout> {
    const known = this.#unread.get(socket);
    if (known) return known;
    const waiting = new Map<ServerResponse, NodeJS.Timeout>();
    this.#unread.set(socket, waiting);
    socket.once('close', () => {
      for (const timer of waiting.values()) clearTimeout(timer);
      this.#unread.delete(socket);
    });
    return waiting;
  }

  /** @param callerOf asked only in a crowd; a caller that it does not know is refused in any */
  #isFull(kind: Kind, callerOf: () => string | undefined): boolean {
    if (this.#unreadBytes() > this.#limits.waitingBytes) return true;
    const load = this.#loads[kind];
    if (!load.isCrowded(this.#limits, this.#limits.burst[kind], this.#now)) return false;
    const caller = callerOf();
    return caller === undefined || load.isFullFor(caller, this.#limits.inFlight);
  }

  #refusal(): Failure {
    if (this.#refused === 0) {
      const { read, write } = this.#loads;
      const underWay = {
        reads: read.inFlight,
        writes: write.inFlight,
        unread_bytes: this.#unreadBytes(),
        received_bytes: this.#receivedBytes,
      };
      setTimeout(() => {
        const { reason } = TOO_MUCH;
        this.#log?.warn(
          { reason, refused: this.#refused, ...underWay },
          'refused requests: there is too much to do',
        );
        this.#refused = 0;
      }, 1_000).unref();
    }
    this.#refused += 1;
    return TOO_MUCH;
  }

  #unreadBytes(): number {
    let bytes = 0;
    for (const waiting of this.#unread.values()) {
      for (const { writableLength } of waiting.keys()) bytes += writableLength;
    }
    return bytes;
  }
}

function tooLate(): Failure {
  return unavailable(
    'too-slow',
    'The request took too long. Repeat it after the time in Retry-After: what was done already is not done twice.',
    5,
  );
}

/** Whether a request only reads, by its method. */
export function kindOf(method: string): Kind {
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}

/** One for all: making an error takes longer than sending it. */
const TOO_MUCH = unavailable(
  'overloaded',
  'The server has too much to do. Nothing was done: repeat the request after the time in Retry-After.',
  1,
);

function unavailable(reason: FailureReason, detail: string, retryAfter: number): Failure {
  return new Failure(reason, detail, { headers: { 'Retry-After': `${retryAfter}` } });
}
