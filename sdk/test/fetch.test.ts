import { expect, it } from 'vitest';
import { createClient } from '../src/client.ts';
import { MeGrantsError } from '../src/errors.ts';
import { listMeGrants } from '../src/generated/sdk.gen.ts';
import { createGrantkeeper } from '../src/grantkeeper.ts';
import { answer, openLoopback } from './loopback.ts';
import { failureOf } from './surroundings.ts';

const server = openLoopback();

/** A `fetch` as frameworks give one, and what it sent. */
function ownFetch() {
  const sent: string[] = [];
  const own: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    sent.push(`${request.method} ${request.headers.get('authorization')}`);
    return fetch(request);
  };
  return { own, sent };
}

it('a fetch of the client sends every try, with the token', async () => {
  const { own, sent } = ownFetch();
  const { me } = createGrantkeeper({ baseUrl: server.url, token: 'a-token', fetch: own });
  server.next(answer(503, { error: 'unavailable' }, { 'Retry-After': '0' }), answer(200, { data: [] }));
  expect(await me.listGrants()).toEqual([]);
  expect(sent).toEqual(['GET Bearer a-token', 'GET Bearer a-token']);
});

it.each<[string, (client: ReturnType<typeof createClient>, own: typeof fetch) => Promise<unknown>]>([
  ['of one call', (client, own) => listMeGrants({ client, fetch: own })],
  [
    'that the client is given later',
    (client, own) => {
      client.setConfig({ fetch: own });
      return listMeGrants({ client });
    },
  ],
])('a fetch %s sends it with the token, and its failures are those of the SDK', async (_, call) => {
  const { own, sent } = ownFetch();
  const client = createClient({ baseUrl: server.url, token: 'a-token' });
  server.next(answer(404, { error: 'grant_not_found', message: 'There is none.' }));
  const failure = await failureOf(call(client, own));
  expect(failure).toBeInstanceOf(MeGrantsError);
  expect(failure).toMatchObject({ code: 'grant_not_found' });
  expect(sent).toEqual(['GET Bearer a-token']);
});

it('a fetch of one call goes before that of the client, which other calls keep', async () => {
  const [first, second] = [ownFetch(), ownFetch()];
  const client = createClient({ baseUrl: server.url, token: 'a-token', fetch: first.own });
  server.next(answer(200, { data: [] }), answer(200, { data: [] }));
  await listMeGrants({ client, fetch: second.own });
  await listMeGrants({ client });
  expect([first.sent, second.sent].map(({ length }) => length)).toEqual([1, 1]);
});
