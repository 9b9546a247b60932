import { describe, expect, it } from 'vitest';
import { MyAccountGrantsError, TokenError } from '../src/errors.ts';
import { listMeGrants, listMyAccountGrants, revokeMeGrant } from '../src/generated/sdk.gen.ts';
import { answer, openLoopback, silent, type Treatment } from './loopback.ts';
import { clientIn, failureOf, Surroundings } from './surroundings.ts';

const server = openLoopback();
const EXPIRED = 'Bearer realm="grantkeeper", error="invalid_token", error_description="it has expired"';

/** Answers well to one token, and refuses every other. */
function onlyFor(token: string): Treatment {
  return (response, request) => {
    const good = request.headers.authorization === `Bearer ${token}`;
    const treat = good
      ? answer(200, { data: [] })
      : answer(401, { error: 'unauthorized', message: 'no' }, { 'WWW-Authenticate': EXPIRED });
    treat(response, request);
  };
}

const refuse = (challenge?: string): Treatment =>
  answer(401, { message: 'no' }, challenge === undefined ? {} : { 'WWW-Authenticate': challenge });

/** A token function that gives `token-1`, `token-2` and so on, and remembers what it was called with. */
function counting() {
  const refused: (string | undefined)[] = [];
  const token = async (old: string | undefined) => `token-${refused.push(old)}`;
  return { refused, token };
}

function clientWith(token: Parameters<typeof clientIn>[2]) {
  return clientIn(new Surroundings(), server.url, token);
}

describe('a token', () => {
  it('that is text is sent with every request', async () => {
    server.next(onlyFor('a-token'), onlyFor('a-token'));
    const client = clientWith({ token: 'a-token' });
    await listMeGrants({ client });
    await listMeGrants({ client });
    expect(server.received).toHaveLength(2);
  });

  it('that is text is not sent again once it is refused', async () => {
    server.next(refuse(EXPIRED));
    const client = clientWith({ token: 'old' });
    expect(await failureOf(listMeGrants({ client }))).toMatchObject({ status: 401 });
  });

  it.each(['<html>\n<p>Sign in</p>', 'two\nlines', '', undefined])(
    'that is none (%j) is a TokenError that does not say it, and nothing is sent',
    async (given) => {
      const failure = await failureOf(
        listMeGrants({ client: clientWith({ token: async () => given as string }) }),
      );
      expect(failure).toBeInstanceOf(TokenError);
      if (given) expect(`${failure} ${JSON.stringify(failure)}`).not.toContain(given);
      expect(server.received).toHaveLength(0);
    },
  );

  it('of a function is asked for once, for as long as it holds', async () => {
    const { refused, token } = counting();
    server.next(onlyFor('token-1'), onlyFor('token-1'), onlyFor('token-1'));
    const client = clientWith({ token });
    await Promise.all([listMeGrants({ client }), listMeGrants({ client })]);
    await listMeGrants({ client });
    expect(refused).toEqual([undefined]);
  });

  it('that is refused is renewed once, shared by the calls that run in parallel', async () => {
    const { refused, token } = counting();
    const calls = Array.from({ length: 5 });
    server.next(...calls.map(() => onlyFor('token-2')), ...calls.map(() => onlyFor('token-2')));
    // The new token comes when the old one has been refused to every call.
    let refusals = 0;
    let allRefused = () => {};
    const waiting = new Promise<void>((resolve) => {
      allRefused = () => setImmediate(resolve);
    });
    const onResponse = ({ status }: { status: number }) => {
      if (status === 401 && ++refusals === calls.length) allRefused();
    };
    const slowly = async (old: string | undefined) => {
      const next = await token(old);
      if (old !== undefined) await waiting;
      return next;
    };
    const client = clientWith({ token: slowly, onResponse });
    const answers = await Promise.all(calls.map(() => listMeGrants({ client })));
    expect(answers.map(({ data }) => data)).toEqual(calls.map(() => ({ data: [] })));
    expect(refused).toEqual([undefined, 'token-1']);
    expect(server.received).toHaveLength(10);
  });

  it('that was renewed while a call waited for its answer is not renewed again', async () => {
    const { refused, token } = counting();
    const late = silent();
    let refuseLate = () => {};
    server.next(
      (response, request) => {
        refuseLate = () => onlyFor('token-2')(response, request);
        late(response, request);
      },
      onlyFor('token-2'),
      onlyFor('token-2'),
      onlyFor('token-2'),
    );
    const client = clientWith({ token });
    const first = listMeGrants({ client });
    await late.come;
    await listMeGrants({ client });
    refuseLate();
    await first;
    expect(refused).toEqual([undefined, 'token-1']);
  });

  it('is renewed for an unsafe call too, which the server has refused and not done', async () => {
    const { refused, token } = counting();
    server.next(refuse(EXPIRED), answer(204));
    await revokeMeGrant({ client: clientWith({ token }), path: { grantId: 'a-grant' } });
    expect(refused).toEqual([undefined, 'token-1']);
    expect(server.received.map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
  });

  it('that is refused a second time is the failure of the call', async () => {
    const { refused, token } = counting();
    server.next(refuse(EXPIRED), refuse(EXPIRED));
    expect(await failureOf(listMeGrants({ client: clientWith({ token }) }))).toMatchObject({ status: 401 });
    expect(refused).toEqual([undefined, 'token-1']);
  });

  it('is not sent again when the function gives the refused one again', async () => {
    server.next(refuse(EXPIRED));
    const client = clientWith({ token: async () => 'the-same' });
    expect(await failureOf(listMeGrants({ client }))).toMatchObject({ status: 401 });
  });

  it('is renewed where a gateway refuses it without saying why', async () => {
    const { refused, token } = counting();
    server.next(refuse(), onlyFor('token-2'));
    await listMeGrants({ client: clientWith({ token }) });
    expect(refused).toHaveLength(2);
  });

  it.each(['Bearer realm="grantkeeper"', 'Bearer error="insufficient_scope", scope="sessions"'])(
    'is not renewed where another one would not help: %s',
    async (challenge) => {
      const { refused, token } = counting();
      server.next(
        answer(
          401,
          { code: 'verification_record.permission_denied', message: 'no' },
          { 'WWW-Authenticate': challenge },
        ),
      );
      const headers = { 'logto-verification-id': 'expired' };
      const failure = await failureOf(listMyAccountGrants({ client: clientWith({ token }), headers }));
      expect(failure).toBeInstanceOf(MyAccountGrantsError);
      expect(refused).toHaveLength(1);
    },
  );

  it('renewal does not use up a try', async () => {
    const { token } = counting();
    server.next(refuse(EXPIRED), answer(503), answer(503), onlyFor('token-2'));
    await listMeGrants({ client: clientWith({ token }) });
    expect(server.received).toHaveLength(4);
  });
});

describe('a token function that fails', () => {
  it('is a TokenError with its cause, and the next call asks it again', async () => {
    const cause = new Error('signed out');
    let fails = true;
    const token = () => {
      if (fails) throw cause;
      return 'a-token';
    };
    const client = clientWith({ token });
    const failure = await failureOf(listMeGrants({ client }));
    expect(failure).toBeInstanceOf(TokenError);
    expect(failure).toMatchObject({ cause });
    fails = false;
    server.next(onlyFor('a-token'));
    await listMeGrants({ client });
  });
});
