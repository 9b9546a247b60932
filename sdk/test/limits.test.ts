import { describe, expect, it } from 'vitest';
import { createCall } from '../src/call.ts';
import { clientOver } from '../src/client.ts';
import { environment } from '../src/environment.ts';
import { TimeoutError } from '../src/errors.ts';
import { listMeGrants, revokeMeGrant } from '../src/generated/sdk.gen.ts';
import { createGrantkeeper } from '../src/grantkeeper.ts';
import { createMe } from '../src/me.ts';
import { createTransport } from '../src/transport.ts';
import { answer, cut, openLoopback, silent } from './loopback.ts';
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
    await around.endTime(0);
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
    const client = clientOver(transport, { baseUrl: server.url });
    server.next(answer(503));
    const me = createMe(createCall(client));
    expect(await failureOf(me.listGrants({ timeout: 60_000, retries: 0 }))).toMatchObject({ status: 503 });
    expect(around.timeouts.map(({ milliseconds }) => milliseconds)).toEqual([60_000]);
  });

  it('comes to pass in real time, and only once', async () => {
    let times = 0;
    await new Promise<void>((resolve) => {
      environment.after(0, () => times++)();
      environment.after(1, resolve);
    });
    expect(times).toBe(0);
  });

  it.each([Infinity, 2 ** 40])('of %d ms does not end at once', async (milliseconds) => {
    let isOver = false;
    const stop = environment.after(milliseconds, () => {
      isOver = true;
    });
    await environment.sleep(5, undefined);
    stop();
    expect(isOver).toBe(false);
  });

  it('leaves no timer behind, however the call ends: a process would wait for it', async () => {
    const around = new Surroundings();
    const client = clientIn(around, server.url, { retries: 1 });
    server.next(answer(200, { data: [] }), answer(404), answer(503), cut);
    await listMeGrants({ client });
    await failureOf(listMeGrants({ client }));
    await failureOf(listMeGrants({ client }));
    await failureOf(listMeGrants({ client, signal: AbortSignal.abort() }));
    expect(around.timeouts).toHaveLength(5);
    expect(around.running).toBe(0);
  });

  it('ends a call also where fetch heeds no signal', async () => {
    const around = new Surroundings();
    let called = () => {};
    const calling = new Promise<void>((resolve) => {
      called = resolve;
    });
    around.fetch = () => {
      called();
      return new Promise(() => {});
    };
    const failing = failureOf(listMeGrants({ client: clientIn(around, server.url, { retries: 0 }) }));
    await calling;
    await around.endTime(0);
    expect(await failing).toBeInstanceOf(TimeoutError);
  });
});

describe('a timeout while the token function is asked', () => {
  it('is a TimeoutError that says so, and the next call asks it anew', async () => {
    const around = new Surroundings();
    const hanging = new Promise<string>(() => {});
    const tokens = [hanging, 'a-token'];
    const client = clientIn(around, server.url, {
      token: async () => tokens.shift() ?? '',
      timeout: 50,
      retries: 0,
    });
    const failing = failureOf(listMeGrants({ client }));
    await around.endTime(0);
    expect(await failing).toMatchObject({
      name: 'TimeoutError',
      message: `GET ${server.url}/v1/me/grants: no token in 50 ms`,
    });
    expect(server.received).toEqual([]);
    server.next(answer(200, { data: [] }));
    await listMeGrants({ client });
    expect(server.received[0]?.headers.authorization).toBe('Bearer a-token');
  });

  it('counts as one try of a safe call', async () => {
    const around = new Surroundings();
    const tokens = [new Promise<string>(() => {}), 'a-token'];
    const client = clientIn(around, server.url, { token: async () => tokens.shift() ?? '' });
    server.next(answer(200, { data: [] }));
    const listing = listMeGrants({ client });
    await around.endTime(0);
    expect((await listing).data).toEqual({ data: [] });
    expect(around.slept).toEqual([500]);
  });

  it('holds for another token too, after a 401', async () => {
    const around = new Surroundings();
    let asked = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const token = (refused: string | undefined) => {
      if (refused === undefined) return 'old';
      asked();
      return new Promise<string>(() => {});
    };
    server.next(answer(401, { error: 'unauthorized', message: 'no' }));
    const client = clientIn(around, server.url, { token, retries: 0 });
    const failing = failureOf(revokeMeGrant({ client, path: { grantId: 'a-grant' } }));
    await asking;
    await around.endTime(1);
    expect(await failing).toBeInstanceOf(TimeoutError);
  });

  it('of one call leaves the token to those that wait longer', async () => {
    const around = new Surroundings();
    let give = (_token: string) => {};
    const token = new Promise<string>((resolve) => {
      give = resolve;
    });
    const client = clientIn(around, server.url, { token: () => token, retries: 0 });
    server.next(answer(200, { data: [] }));
    const failing = failureOf(listMeGrants({ client }));
    const listing = listMeGrants({ client });
    await around.endTime(0);
    expect(await failing).toBeInstanceOf(TimeoutError);
    give('late');
    await listing;
    expect(server.received[0]?.headers.authorization).toBe('Bearer late');
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
      return environment.sleep(60_000, signal);
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
