import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { ApiError, GrantkeeperError } from '../../sdk/src/errors.ts';
import { createTransport } from '../../sdk/src/transport.ts';
import type { OwnIssuer } from '../../server/src/http/own-issuer.ts';
import type { Manner, PlannedCall } from './calls.ts';
import { type Call, isOpen, isSuccess, type Told } from './history.ts';
import { type Draft, draftOf } from './requests.ts';
import { ACCOUNT } from './world.ts';
import type { Writer } from './writer.ts';

/** How many calls are made at once. */
const CONCURRENCY = 24;
/** How often a caller without a key asks again. */
const TRIES = 3;
const RETRIES = 3;

export interface ClientOptions {
  /** Where the servers are. */
  url: string;
  sign: OwnIssuer['sign'];
  writer: Writer;
  /** How long a caller waits for an answer, in milliseconds. */
  timeout: number;
  /** Told after each call. */
  onCall: () => void;
}

/** Those who make the calls, and write down what they were told. */
export class Clients {
  readonly calls: Call[] = [];
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Makes all calls, several at once; those with patience only for as long as the faults last. */
  async makeCalls(planned: PlannedCall[]): Promise<void> {
    await pMap(planned, (one) => this.#make(one), { concurrency: CONCURRENCY });
  }

  /** Those with patience ask until they are answered. */
  async insist(): Promise<void> {
    const unanswered = this.calls.filter((call) => call.manner === 'patient' && isOpen(call));
    await pMap(unanswered, (call) => this.#untilAnswered(call), { concurrency: CONCURRENCY });
  }

  /** Repeats calls that succeeded, with their keys. */
  async repeat(calls: Call[]): Promise<void> {
    await pMap(
      calls,
      async (call) => {
        const response = await this.#fetch(call, keyed(draftOf(call), call));
        const body = parse(await response.text());
        const isReplay = response.headers.get('idempotency-replayed') === 'true';
        call.replayed = { status: response.status, code: undefined, body, isReplay };
      },
      { concurrency: CONCURRENCY },
    );
  }

  async #make({ executions, restoration, intruder, ...plan }: PlannedCall): Promise<void> {
    const call = await this.#begin(plan);
    if (restoration) await this.#begin({ ...plan, ...restoration, kind: 'restore' });
    if (plan.kind !== 'preview' || !isSuccess(call)) return;
    if (intruder) await this.#options.writer.issue(intruder);
    await Promise.all(
      executions.map(({ id, manner }) => {
        const { user_id, selection } = plan;
        const execution = { id, user_id, kind: 'execution', selection, manner, preview: call } as const;
        return this.#begin({ ...execution, ...(intruder && { intruder: intruder._id }) });
      }),
    );
  }

  async #begin(
    plan: Pick<Call, 'id' | 'user_id' | 'kind' | 'selection' | 'manner' | 'preview' | 'intruder'>,
  ): Promise<Call> {
    const now = performance.now();
    const hasKey = plan.manner === 'sdk' || plan.manner === 'patient';
    const times = { begun: now, lastBegun: now, ended: now };
    const told = { status: undefined, code: undefined, body: undefined };
    const call: Call = { ...plan, hasKey, ...times, attempts: 0, statuses: [], request_id: undefined, told };
    this.calls.push(call);
    for (let tries = triesOf(plan.manner); tries > 0; tries -= 1) {
      if (call.attempts > 0) await sleep(500);
      call.told = hasKey ? await this.#askBySdk(call) : await this.#ask(call);
      call.ended = performance.now();
      if (!isOpen(call)) break;
    }
    this.#options.onCall();
    return call;
  }

  async #untilAnswered(call: Call): Promise<void> {
    while (isOpen(call)) {
      call.told = await this.#askBySdk(call);
      call.ended = performance.now();
    }
  }

  /** Asks as the SDK does: with a key, and again where no answer came. */
  async #askBySdk(call: Call): Promise<Told> {
    const transport = createTransport({
      token: await this.#token(call),
      timeout: this.#options.timeout,
      retries: RETRIES,
      onRequest: () => this.#note(call, undefined),
      onResponse: ({ status }) => call.statuses.push(status),
    });
    const { path, ...init } = initOf(keyed(draftOf(call), call));
    try {
      const response = await transport()(`${this.#options.url}${path}`, init);
      return { status: response.status, code: undefined, body: parse(await response.text()) };
    } catch (error) {
      if (error instanceof ApiError) return { status: error.status, code: error.code, body: error.body };
      if (error instanceof GrantkeeperError) return NOTHING;
      throw error;
    }
  }

  /** Asks once, without a key. */
  async #ask(call: Call): Promise<Told> {
    const request_id = `${call.id}.${call.attempts + 1}`;
    this.#note(call, request_id);
    const draft = draftOf(call);
    try {
      const response = await this.#fetch(call, {
        ...draft,
        headers: { ...draft.headers, 'x-request-id': request_id },
      });
      const body = parse(await response.text());
      call.statuses.push(response.status);
      return { status: response.status, code: codeOf(body), body };
    } catch {
      return NOTHING;
    }
  }

  #note(call: Call, request_id: string | undefined): void {
    call.attempts += 1;
    call.lastBegun = performance.now();
    call.request_id = request_id;
  }

  async #fetch(call: Call, draft: Draft): Promise<Response> {
    const { path, ...init } = initOf(draft);
    const headers = { ...init.headers, authorization: `Bearer ${await this.#token(call)}` };
    const signal = AbortSignal.timeout(this.#options.timeout);
    return fetch(`${this.#options.url}${path}`, { ...init, headers, signal });
  }

  /** Its client is the call, by which the audit trail tells calls apart. */
  #token({ id, user_id }: Call): Promise<string> {
    const scope = 'urn:logto:scope:sessions';
    const claims = {
      sub: user_id,
      client_id: id,
      account_id: ACCOUNT,
      permissions: ['account:admin'],
      scope,
    };
    return this.#options.sign(claims, 12 * 60 * 60);
  }
}

const NOTHING: Told = { status: undefined, code: undefined, body: undefined };

function triesOf(manner: Manner): number {
  if (manner === 'insistent') return TRIES;
  return manner === 'patient' ? 2 : 1;
}

function keyed(draft: Draft, { id }: Call): Draft {
  return { ...draft, headers: { ...draft.headers, 'idempotency-key': `of-${id}` } };
}

function initOf({ method, path, headers, body }: Draft) {
  return {
    method,
    path,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  };
}

function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

/** As each of the documents names its errors. */
function codeOf(body: unknown): string | undefined {
  const { type, error, code }: { type?: string; error?: string; code?: string } = Object(body);
  return type?.replace('urn:grantkeeper:problem:', '') ?? code ?? error;
}
