import { setTimeout as delay } from 'node:timers/promises';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { KeysRecord } from './keys-record.ts';

/** How long fetched keys are used without asking the issuer again, in milliseconds. */
const FRESH_MS = 10 * 60_000;

/**
 * The least time between two requests to the issuer for an unknown key, or after it did not answer, in milliseconds.
 */
const COOLDOWN_MS = 30_000;

/** How long a request whose key may be known waits for a slow issuer before it uses the known keys, in milliseconds. */
const PATIENCE_MS = 500;

export interface IssuerKeysOptions {
  /** Where the issuer publishes its keys, as a JSON Web Key Set (RFC 7517). */
  url: URL;
  /** How long keys that cannot be fetched again stay in use, in seconds since the last fetch; 10 minutes at least. */
  maxStaleSeconds: number;
  clock: Clock;
  log: Logger;
}

/** Reported while the issuer has not answered the last request for its keys. */
export interface KeysTrouble {
  /** When the keys in use were fetched; null if they never were. */
  fetched_at: string | null;
  /** Until when they are used; null if there are none. */
  usable_until: string | null;
}

/** What metrics say of the keys. */
export interface KeysFacts extends Pick<KeysRecord, 'took' | 'clock' | 'rotations' | 'count'> {
  /** Whether the issuer's latest answer could be used; undefined before the first. */
  isUp: boolean | undefined;
  /** How long ago the keys in use were fetched, in milliseconds; undefined if they never were. */
  age: number | undefined;
}

/**
 * The keys that an issuer publishes, fetched when they are needed. A key that the issuer withdraws is gone within ten
 * minutes; while the issuer does not answer, the known keys stay in use for a while, so that its outage is not ours.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  /** Fetches, parses and imports. We decide when: it reads the machine's clock and knows no outages. */
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  readonly #maxAgeMs: number;
  readonly #record: KeysRecord;
  #fetchedAt: number | undefined;
  #askedAt: number | undefined;
  /** Why the issuer's last response could not be used. */
  #failure: unknown;
  #fetching: { done: Promise<void>; patience: Promise<unknown> } | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    this.#maxAgeMs = Math.max(FRESH_MS, options.maxStaleSeconds * 1_000);
    this.#record = new KeysRecord(options.log);
    this.#remote = createRemoteJWKSet(options.url, {
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      [customFetch]: async (...request) => {
        const asked = this.#now();
        const response = await fetch(...request);
        this.#record.dated(response.headers.get('date'), asked, this.#now());
        return response;
      },
    });
  }

  /**
   * Finds the key of a token, as jose asks for it.
   *
   * @throws the cause, while the issuer does not answer and the key is not known; jose's errors if there is no such key
   */
  readonly keys: JWTVerifyGetKey = async (header, token) => {
    if (!this.#isUsable()) await this.#fetch().done;
    else if (this.#isDue()) await this.#fetch().patience;
    if (!this.#isUsable()) throw this.#failure;
    try {
      return await this.#remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await this.renewKeys())) throw error;
      return this.#remote(header, token);
    }
  };

  /**
   * Asks the issuer for keys that it may have published since.
   *
   * @returns false if it was asked only just now, and answered
   * @throws the cause, if it does not answer, or did not only just now
   */
  readonly renewKeys = async (): Promise<boolean> => {
    const mayAsk = this.#fetching !== undefined || !this.#isWithin(COOLDOWN_MS, this.#askedAt);
    if (mayAsk) await this.#fetch().done;
    if (this.#failure !== undefined) throw this.#failure;
    return mayAsk;
  };

  /** The trouble to report to monitoring, or undefined. Asks the issuer if that is due. */
  readonly keysTrouble = (): KeysTrouble | undefined => {
    if (this.#isDue()) this.#fetch();
    if (this.#failure === undefined) return undefined;
    const [fetched_at = null, usable_until = null] =
      this.#fetchedAt === undefined
        ? []
        : [written(this.#fetchedAt), written(this.#usableUntil(this.#fetchedAt))];
    return { fetched_at, usable_until };
  };

  /** For metrics. Asks nobody. */
  get facts(): KeysFacts {
    const { took, clock, rotations, count } = this.#record;
    const isAnswered = this.#failure !== undefined || this.#fetchedAt !== undefined;
    const isUp = isAnswered ? this.#failure === undefined : undefined;
    const age = this.#fetchedAt === undefined ? undefined : this.#now() - this.#fetchedAt;
    return { isUp, age, took, clock, rotations, count };
  }

  #isUsable(): boolean {
    return this.#isWithin(this.#maxAgeMs, this.#fetchedAt);
  }

  #isDue(): boolean {
    const isFailing = this.#failure !== undefined && this.#isWithin(COOLDOWN_MS, this.#askedAt);
    return !isFailing && !this.#isWithin(FRESH_MS, this.#fetchedAt);
  }

  /** A clock that was set back counts as time passed; otherwise nothing would be fetched until it catches up. */
  #isWithin(span: number, since: number | undefined): boolean {
    return since !== undefined && Math.abs(this.#now() - since) < span;
  }

  #usableUntil(fetchedAt: number): number {
    return fetchedAt + this.#maxAgeMs;
  }

  #now(): number {
    return this.#options.clock().getTime();
  }

  /** Requests that come while the issuer is being asked share its answer. Neither promise rejects. */
  #fetch(): { done: Promise<void>; patience: Promise<unknown> } {
    if (this.#fetching) return this.#fetching;
    const asked = this.#now();
    this.#askedAt = asked;
    const done = this.#remote
      .reload()
      .then(
        () => this.#succeeded(),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#fetching = undefined;
        this.#record.ended(this.#now() - asked);
      });
    this.#fetching = { done, patience: Promise.race([done, delay(PATIENCE_MS, undefined, { ref: false })]) };
    return this.#fetching;
  }

  #succeeded(): void {
    if (this.#failure !== undefined) this.#options.log.info("the issuer's keys can be fetched again");
    this.#failure = undefined;
    this.#fetchedAt = this.#now();
    this.#record.published(this.#remote.jwks() ?? { keys: [] });
  }

  #failed(error: unknown): void {
    this.#failure = error ?? new Error('the issuer did not answer');
    const { url, log } = this.#options;
    const facts = { err: error, url: url.origin + url.pathname, ...this.keysTrouble() };
    if (this.#isUsable()) log.warn(facts, "the issuer's keys cannot be fetched: going on with those known");
    else log.warn(facts, "the issuer's keys cannot be fetched, and none are known that may still be used");
  }
}

function written(time: number): string {
  return new Date(time).toISOString();
}
