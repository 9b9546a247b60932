import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { inTime } from '../in-time.ts';
import { claimedCaller } from './bearer.ts';
import { answerErrors, type ErrorFormat } from './errors.ts';
import { Failure, type FailureReason } from './failure.ts';
import { giveId } from './logging.ts';
import { Shares } from './shares.ts';

/** How much a server takes on at a time. */
export interface AdmissionLimits {
  /**
   * How many requests that only read are carried out at a time, and how many others: neither keeps the other out. While
   * there are so many, a caller gets another one in only if it has fewer than half, and none counts for more than half.
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
  burst: { read: 64, write: 128 },
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

/** The requests of a kind that are being carried out, by caller. */
class Load extends Shares {
  /** Those that came and are not carried out yet, by address and the caller that their tokens claim. */
  readonly arriving = new Shares();
  readonly #now: () => number;
  #crowdedSince = 0;
  /** Since when there are no longer too many; undefined while there are. */
  #calmSince: number | undefined = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  /** Whether there are too many. A burst is let in; if there is no end of it, only as many as may be in flight. */
  isCrowded({ inFlight, burstMs }: AdmissionLimits, burst: number): boolean {
    const underWay = this.total + this.arriving.total;
    if (underWay < inFlight) return false;
    const time = this.#now();
    if (this.#calmSince !== undefined) {
      const lasted = this.#calmSince - this.#crowdedSince;
      if (time - this.#calmSince > Math.min(CALM_MS, lasted)) this.#crowdedSince = time;
      this.#calmSince = undefined;
    }
    return underWay >= Math.max(burst, inFlight) || time - this.#crowdedSince >= burstMs;
  }

  /** Notes that one has ended. */
  ended({ inFlight }: AdmissionLimits): void {
    if (this.total + this.arriving.total < inFlight) this.#calmSince ??= this.#now();
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
  readonly #unread = new Map<Socket, Map<ServerResponse, NodeJS.Timeout>>();
  readonly #loads: Record<Kind, Load>;
  readonly #bodies = new Shares();
  /** What stops counting a request as arriving. */
  readonly #arrivals = new WeakMap<Request, () => void>();
  #refused = 0;

  /**
   * @param log gets a line for each second in which requests were refused, with what was under way at the first of them
   * @param now a monotonic clock, in milliseconds
   */
  constructor(limits = NO_LIMITS, log?: Pick<Logger, 'warn'>, now = () => performance.now()) {
    this.#loads = { read: new Load(now), write: new Load(now) };
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
      if (req.method === 'OPTIONS') return next();
      // Whom a token claims to be from is enough here: a false one is refused sooner, or by the check of tokens.
      const caller = claimedCaller(req.headers.authorization);
      const kind = kindOf(req.method);
      const arrival = `${req.ip} ${caller}`;
      if (!this.#isFull(kind, caller, arrival)) {
        // A body may take long to arrive, and must not count meanwhile.
        if (kind === 'read') this.#arrive(req, res, arrival);
        return next();
      }
      req.id = giveId(req, res);
      res.set('Cache-Control', 'no-store');
      setHeaders(req, res, () => answer(this.#refusal(), req, res, next));
    };
  }

  /** Counts a request until it is carried out, or refused by something else. */
  #arrive(req: Request, res: ServerResponse, owner: string): void {
    const load = this.#loads.read;
    load.arriving.add(owner, 1);
    const leave = () => {
      if (this.#arrivals.delete(req)) load.arriving.add(owner, -1);
    };
    this.#arrivals.set(req, leave);
    res.once('close', () => {
      leave();
      load.ended(this.#limits);
    });
  }

  /**
   * Carries a request out.
   *
   * @param req its method decides whether it only reads
   * @param caller who asked, as `callerOf` has it
   * @throws Failure 503 if there is too much to do or if it takes too long: then it goes on, and counts until it has ended
   */
  carryOut<Result>(req: Request, caller: string, work: () => Promise<Result>): Promise<Result> {
    const kind = kindOf(req.method);
    this.#arrivals.get(req)?.();
    if (this.#isFull(kind, caller)) throw this.#refusal();
    const load = this.#loads[kind];
    load.add(caller, 1);
    const working = work().finally(() => {
      load.add(caller, -1);
      load.ended(this.#limits);
    });
    const { readMs, writeMs } = this.#limits;
    return inTime(working, kind === 'read' ? readMs : writeMs, tooLate);
  }

  /**
   * Counts bytes of a body that is being received, until they are released. If more wait than may, each owner keeps an
   * eighth: bodies that come slowly keep nobody else's out.
   *
   * @param owner whose body it is
   * @throws Failure 503 if too many wait; they do not count then
   */
  hold(owner: string, bytes: number): void {
    const { waitingBytes: limit } = this.#limits;
    const isOver = this.#bodies.total + bytes > limit;
    if (isOver && this.#bodies.isFullFor(owner, bytes, { limit, share: limit / 8 })) throw this.#refusal();
    this.#bodies.add(owner, bytes);
  }

  /** Stops counting bytes that were held. */
  release(owner: string, bytes: number): void {
    this.#bodies.add(owner, -bytes);
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

  /**
   * @param caller one who is not known is refused in any crowd
   * @param arrival for a request that has just come: whose it is among those that are not carried out yet
   */
  #isFull(kind: Kind, caller: string | undefined, arrival?: string): boolean {
    if (this.#unreadBytes() > this.#limits.waitingBytes) return true;
    const load = this.#loads[kind];
    if (!load.isCrowded(this.#limits, this.#limits.burst[kind])) return false;
    const { inFlight: limit } = this.#limits;
    const share = Math.ceil(limit / 2);
    if (caller === undefined || load.isFullFor(caller, 1, { limit, share })) return true;
    // Checking the tokens of thousands to refuse them then would take the time of those that are carried out.
    return arrival !== undefined && load.arriving.of(arrival) >= share;
  }

  #refusal(): Failure {
    if (this.#refused === 0) {
      const { read, write } = this.#loads;
      const underWay = {
        reads: read.total,
        writes: write.total,
        unread_bytes: this.#unreadBytes(),
        received_bytes: this.#bodies.total,
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
