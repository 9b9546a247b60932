import { createHash } from 'node:crypto';
import type { TokenEndpointResponse } from 'openid-client';
import { finishRevocations } from '../../../src/grants/revocation/finish.ts';
import { keepSuspensions } from '../../../src/grants/revocation/keep-suspensions.ts';
import { Random } from '../../../test/grants/interleavings/random.ts';
import type { Service } from '../../../test/service.ts';
import type { AuthorizationServer } from '../authorization-server.ts';
import { change, grantsOf, waysToRevoke } from '../ways.ts';
import type { Actor, Gate } from './gate.ts';

/** The processes of a schedule: two servers of ours and two providers, on one store. */
export interface Cast {
  gate: Gate;
  services: [Service, Service];
  providers: [AuthorizationServer, AuthorizationServer];
}

/** Tokens that a client was handed. */
interface Handed {
  refresh_token: string;
  access_token: string;
  /** Those that they were refreshed from. */
  parent?: Handed;
  /** Before and after which command they were asked for. */
  began: number;
  ended: number;
}

/** A suspension of the grant, and its end. */
interface Suspension {
  /** After which command it was answered; Infinity until then. */
  answered: number;
  /** Before which command somebody asked for its end; Infinity if nobody did. */
  ending: number;
}

interface Revocation {
  way: string;
  began: number;
  /** Infinity until it is answered. */
  ended: number;
}

export interface Outcome {
  commands: number;
  refreshes: number;
  revocations: number;
  suspensions: number;
  mistakes: string[];
}

/** Carries out the schedule of a seed: rotations, a first issue and revocations, command by command, with a crash. */
export async function runSchedule(seed: number, cast: Cast): Promise<Outcome> {
  const schedule = new Schedule(seed, cast);
  const mistakes = await schedule.run();
  return { ...schedule.counts, mistakes };
}

class Schedule {
  readonly #cast: Cast;
  readonly #random: Random;
  readonly #handed: Handed[] = [];
  readonly #revocations: Revocation[] = [];
  readonly #suspensions: Suspension[] = [];
  readonly #mistakes: string[] = [];
  #isUsedTwice = false;
  readonly counts = { commands: 0, refreshes: 0, revocations: 0, suspensions: 0 };

  constructor(seed: number, cast: Cast) {
    this.#cast = cast;
    this.#random = new Random(seed);
  }

  async run(): Promise<string[]> {
    const { gate, services, providers } = this.#cast;
    const random = this.#random;
    gate.crashed.clear();
    await services[0].empty();
    for (const service of services) service.now = new Date();
    const browser = { cookies: new Map<string, string>() };
    const first = this.#hand(await providers[0].signIn(browser), { began: -1, ended: 0 });
    const exchange = await providers[1].authorize(random.chance(0.5) ? browser : {});
    if (random.chance(0.7)) await grantsOf(services[1]);

    const actors = this.#actors(first, exchange);
    const process = random.of(['p0', 'p1', 's0', 's1']);
    const crash = random.chance(0.5) ? { process, command: 1 + random.below(25) } : undefined;
    await gate.run(actors, random, crash);
    this.counts.commands = gate.steps;
    this.counts.revocations = this.#revocations.length;
    this.counts.suspensions = this.#suspensions.length;
    await finishRevocations(services[1].model, 0);
    // Upkeep ends the suspensions of grants without live tokens, of those that it was told of.
    await grantsOf(services[1]);
    await keepSuspensions(services[1].model, 0);
    await this.#check();
    return this.#mistakes;
  }

  #actors(first: Handed, exchange: () => Promise<TokenEndpointResponse>): Actor[] {
    const random = this.#random;
    const isSuspending = random.chance(0.5);
    const actors: Actor[] = [
      { process: 'p0', work: () => this.#refresh(0, first, 1 + random.below(2)) },
      { process: 's0', work: () => (isSuspending ? this.#suspend(0) : this.#revoke(0)) },
    ];
    if (random.chance(0.4)) {
      this.#isUsedTwice = true;
      actors.push({ process: 'p1', work: () => this.#refresh(1, first, 1) });
    }
    if (random.chance(0.6)) actors.push({ process: 'p1', work: () => this.#exchange(exchange) });
    if (random.chance(0.3)) actors.push({ process: 's1', work: () => this.#revoke(1) });
    if (random.chance(0.3)) {
      actors.push({ process: 's1', work: async () => void (await grantsOf(this.#cast.services[1])) });
    }
    return actors;
  }

  #hand(
    { refresh_token = '', access_token }: TokenEndpointResponse,
    rest: Omit<Handed, 'refresh_token' | 'access_token'>,
  ): Handed {
    const handed = { refresh_token, access_token, ...rest };
    this.#handed.push(handed);
    return handed;
  }

  async #refresh(by: 0 | 1, from: Handed, times: number): Promise<void> {
    const { gate, providers } = this.#cast;
    let parent = from;
    for (let done = 0; done < times; done += 1) {
      const began = gate.steps;
      try {
        const tokens = await providers[by].refresh(parent.refresh_token);
        this.counts.refreshes += 1;
        parent = this.#hand(tokens, { parent, began, ended: gate.steps });
      } catch (error) {
        if (gate.crashed.has(`p${by}`)) return;
        if (!isRefusal(error)) throw error;
        const isExcused = this.#isUsedTwice || this.#revocations.length + this.#suspensions.length > 0;
        if (!isExcused) this.#mistakes.push(`a refresh was refused at ${gate.steps} for no reason`);
        return;
      }
    }
  }

  async #exchange(exchange: () => Promise<TokenEndpointResponse>): Promise<void> {
    const { gate } = this.#cast;
    const began = gate.steps;
    try {
      const tokens = await exchange();
      const handed = this.#hand(tokens, { began, ended: gate.steps });
      if (this.#random.chance(0.5)) await this.#refresh(1, handed, 1);
    } catch (error) {
      if (gate.crashed.has('p1')) return;
      if (!isRefusal(error)) throw error;
      const isExcused = this.#revocations.length + this.#suspensions.length > 0;
      if (!isExcused) this.#mistakes.push('a first token was refused for no reason');
    }
  }

  async #revoke(by: 0 | 1): Promise<void> {
    const { gate, services } = this.#cast;
    const ways = waysToRevoke(services[by]);
    const [way, revoke] = this.#random.maybeOf(ways) ?? [];
    if (!way || !revoke) return;
    const revocation = { way, began: gate.steps, ended: Number.POSITIVE_INFINITY };
    this.#revocations.push(revocation);
    const { status } = await revoke();
    if (status < 300) revocation.ended = gate.steps;
    // Another has revoked the consent.
    else if (status !== 404) throw new Error(`${way}: ${status}`);
  }

  /** Suspends the grant, and restores it half of the time. */
  async #suspend(by: 0 | 1): Promise<void> {
    const { gate, services } = this.#cast;
    const suspension = { answered: Number.POSITIVE_INFINITY, ending: Number.POSITIVE_INFINITY };
    this.#suspensions.push(suspension);
    const status = await change(services[by], 'suspend');
    // Another is revoking it.
    if (status === 409) return;
    if (status !== 200) throw new Error(`suspend: ${status}`);
    suspension.answered = gate.steps;
    if (!this.#random.chance(0.5)) return;
    suspension.ending = gate.steps;
    const restored = await change(services[by], 'restore');
    if (restored !== 204 && restored !== 409) throw new Error(`restore: ${restored}`);
  }

  /** What is suspended in the end issues nothing; then it is restored, and what lives is refreshed again. */
  async #restore(): Promise<void> {
    const { services, providers } = this.#cast;
    const { store } = services[1];
    const suspended = await store.grantSuspensions.countDocuments({ ended_at: null });
    const answered = this.#suspensions.filter(
      ({ answered: at, ending }) => at < Number.POSITIVE_INFINITY && ending === Number.POSITIVE_INFINITY,
    );
    if (answered.length > 0 && suspended === 0 && this.#revocations.length === 0) {
      this.#mistakes.push('a suspension ended that nobody ended');
    }
    if (suspended === 0) return;
    for (const { refresh_token } of this.#handed) {
      const row = await store.refreshTokens.findOne({ _id: hashOf(refresh_token) });
      if (row?.revoked_at === null && (await providers[1].isActive(refresh_token))) {
        this.#mistakes.push('a token of a suspended grant is active');
      }
    }
    const status = await change(services[1], 'restore');
    if (status !== 204) this.#mistakes.push(`the suspended grant is not restored: ${status}`);
  }

  async #check(): Promise<void> {
    await this.#restore();
    const { services, providers } = this.#cast;
    const { store } = services[1];
    const rows = new Map((await store.refreshTokens.find().lean()).map((row) => [row._id, row]));
    const revokedConsents = await store.consents.distinct('_id', { revoked_at: { $ne: null } });
    const rowOf = ({ refresh_token }: Handed) => rows.get(hashOf(refresh_token));
    for (const handed of this.#handed) {
      const row = rowOf(handed);
      if (!row) {
        this.#mistakes.push('a token without a row was handed out');
        continue;
      }
      const isLive = row.revoked_at === null;
      // In these two, people revoke one of their consents, and what was issued under it.
      const isOfConsent = ({ way }: Revocation) => way.startsWith('in ');
      const revoked = this.#revocations.find(
        (one) => this.#ended(handed, one) && (!isOfConsent(one) || revokedConsents.includes(row.consent_id)),
      );
      if (isLive && revoked) {
        this.#mistakes.push(
          `issued ${handed.began} to ${handed.ended}, alive after one revoked ${told(revoked)}`,
        );
      }
      if (revoked && (await providers[1].isActive(handed.access_token))) {
        this.#mistakes.push(
          `the access token of ${handed.ended} is active after one revoked ${told(revoked)}`,
        );
      }
    }
    for (const { began, ended } of this.#handed) {
      const suspension = this.#suspensions.find(
        ({ answered, ending }) => answered <= began && ended <= ending,
      );
      const isOver = this.#revocations.some((one) => one.began < ended);
      if (suspension && !isOver) this.#mistakes.push(`issued ${began} to ${ended}, while it was suspended`);
    }
    const live = this.#handed.filter((one) => rowOf(one)?.revoked_at === null);
    const [grant] = await grantsOf(services[1]);
    const isCrash = this.#cast.gate.crashed.size > 0;
    if (grant.status === 'active' && live.length === 0 && !isCrash) {
      this.#mistakes.push('the grant is shown active, but nobody has a token of it that lives');
    }
    if (live.length === 0 && !isCrash && !this.#isUsedTwice && this.#revocations.length === 0) {
      this.#mistakes.push('nobody revoked anything, but no token lives');
    }
    // The dead ones last: after the grace, a rotated one would take its family along.
    for (const handed of [...live, ...this.#handed.filter((one) => !live.includes(one))]) {
      const isIssued = await providers[1].refresh(handed.refresh_token).then(
        () => true,
        () => false,
      );
      if (isIssued !== live.includes(handed)) {
        this.#mistakes.push(
          `a token whose row is ${isIssued ? 'dead' : 'alive'} is ${isIssued ? '' : 'not '}refreshed`,
        );
      }
    }
  }

  /** Whether a revocation that was answered promises that a token is dead: it, or what it came from, was there before. */
  #ended(handed: Handed, { began, ended }: Revocation): boolean {
    if (ended === Number.POSITIVE_INFINITY) return false;
    for (let one: Handed | undefined = handed; one; one = one.parent) if (one.ended <= began) return true;
    return false;
  }
}

function told({ way, began, ended }: Revocation): string {
  return `${way}, ${began} to ${ended}`;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'error' in error && error.error === 'invalid_grant';
}
