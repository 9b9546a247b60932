import { describe, expect, it } from 'vitest';
import { createCall } from '../src/call.ts';
import { clientOver } from '../src/client.ts';
import { environment, unlessAborted } from '../src/environment.ts';
import { TimeoutError } from '../src/errors.ts';
import { listMeGrants } from '../src/generated/sdk.gen.ts';
import { createGrantkeeper } from '../src/grantkeeper.ts';
import { createMe } from '../src/me.ts';
import { createTransport } from '../src/transport.ts';
import { answer, openLoopback, silent } from './loopback.ts';
import { clientIn, failureOf, Surroundings } from './surroundings.ts';

const server = openLoopback();

describe('a timeout', () => {
  it('is half a minute a try unless told', async () => {
    const around = new Surroundings();
    server.next(answer(503), answer(200, { data: [] }));
    await listMeGrants({ client: clientIn(around, server.url) });
    expect(around.timeouts.map(({ milliseconds }) => milliseconds)).toEqual([30_000, 30_000]);
  });

  it('is a TimeoutError that says what took how long', async () => {
    const around = new Surroundings();
    const only = silent();
    server.next(only);
    const failing = failureOf(
      listMeGrants({ client: clientIn(around, server.url, { timeout: 1234, retries: 0 }) }),
    );
    await only.come;
    around.timeouts[0]?.end();
    const failure = await failing;
    expect(failure).toBeInstanceOf(TimeoutError);
    expect(failure).toMatchObject({
      name: 'TimeoutError',
      status: undefined,
      message: `GET ${server.url}/v1/me/grants: no whole answer in 1234 ms`,
    });
  });

  it('of a call goes before that of the client, and so does how often it is tried', async () => {
    const around = new Surroundings();
    const transport = createTransport({ token: 'a-token', timeout: 1000, retries: 5 }, around);
    const client = clientOver(transport(), { baseUrl: server.url });
    server.next(answer(503));
    const me = createMe(createCall(client, transport));
    expect(await failureOf(me.listGrants({ timeout: 60_000, retries: 0 }))).toMatchObject({ status: 503 });
    expect(around.timeouts.map(({ milliseconds }) => milliseconds)).toEqual([60_000]);
  });

  it('comes to pass in real time', async () => {
    const signal = environment.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });
});

describe('a signal', () => {
  const { me } = createGrantkeeper({ baseUrl: 'http://127.0.0.1:1', token: 'a-token' });

  it('that was aborted before lets nothing be sent', async () => {
    const reason = new Error('changed my mind');
    const client = clientIn(new Surroundings(), server.url);
    expect(await failureOf(listMeGrants({ client, signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.received).toEqual([]);
  });

  it('ends a call that waits for its answer, with the reason of the signal', async () => {
    const only = silent();
    server.next(only);
    const controller = new AbortController();
    const client = clientIn(new Surroundings(), server.url);
    const failing = failureOf(listMeGrants({ client, signal: controller.signal }));
    await only.come;
    controller.abort();
    expect(await failing).toMatchObject({ name: 'AbortError' });
    expect(server.received).toHaveLength(1);
  });

  it('ends a call between two tries', async () => {
    const around = new Surroundings();
    const controller = new AbortController();
    around.sleeping = (signal) => {
      controller.abort('enough');
      return unlessAborted(new Promise(() => {}), signal);
    };
    server.next(answer(503));
    const client = clientIn(around, server.url);
    expect(await failureOf(listMeGrants({ client, signal: controller.signal }))).toBe('enough');
    expect(server.received).toHaveLength(1);
  });

  it('ends a call that waits for its token', async () => {
    const controller = new AbortController();
    const token = () => {
      controller.abort('enough');
      return new Promise<string>(() => {});
    };
    const client = clientIn(new Surroundings(), server.url, { token });
    expect(await failureOf(listMeGrants({ client, signal: controller.signal }))).toBe('enough');
  });

  it('reaches the calls of the object too', async () => {
    expect(await failureOf(me.listGrants({ signal: AbortSignal.abort('enough') }))).toBe('enough');
  });
});
