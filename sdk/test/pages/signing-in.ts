import axe from 'axe-core';
import type { Page, Request, Route } from 'playwright-core';
import { expect, it } from 'vitest';
import { AXE, PREFIX } from './page-server.ts';
import { expectAccessible, type Site } from './site.ts';

const MICHAEL = 'connected-apps/?as=michael';
const TOKEN = '**/demo-idp/token';
const AUTHORIZATION = '**/demo-idp/auth?*';

/** How people sign in to the pages, through the demo's authorization server. */
export function testSigningIn(site: Site): void {
  const who = (page: Page) => page.locator('.who strong').textContent();
  const apps = (page: Page) => page.locator('.app').first().waitFor();
  const alert = (page: Page, title: string) =>
    page.getByRole('alert').getByRole('heading', { name: title }).waitFor();
  const continueAs = (page: Page, name: string) => page.getByRole('button', { name: `Continue as ${name}` });
  const query = (page: Page) => new URL(page.url()).search;
  /** What the pages ask the authorization server for while something is done, in order. */
  const askedDuring = async (page: Page, act: () => Promise<unknown>) => {
    const asked: string[] = [];
    const note = (request: Request) => {
      const { pathname } = new URL(request.url());
      const [, what] = /\/demo-idp\/(auth|interaction|token)\b/.exec(pathname) ?? [];
      if (what) asked.push(new URLSearchParams(request.postData() ?? '').get('grant_type') ?? what);
    };
    page.on('request', note);
    await act();
    page.off('request', note);
    return asked;
  };
  /** Answers the first exchange with an access token that has expired; `next` answers the second. */
  const withExpiredToken = (next: (route: Route) => Promise<void>) => async (page: Page) => {
    const access_token = await site.token({ sub: 'michael' }, -600);
    let exchanges = 0;
    await page.route(TOKEN, async (route) => {
      exchanges += 1;
      if (exchanges > 1) return next(route);
      const given = await (await route.fetch()).json();
      return site.answer(route, 200, { ...given, access_token });
    });
  };

  it('signs a person in from the picker, and keeps tokens nowhere but in memory', async () => {
    await site.signOut();
    const page = await site.visit('');
    await page.route(`**${AXE}`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: axe.source }),
    );
    const exchanged = page.waitForResponse(TOKEN);
    await page.getByRole('link', { name: 'Connected apps, as Michael Vachette' }).click();
    await continueAs(page, 'Michael Vachette').waitFor();
    await expectAccessible(page);
    await continueAs(page, 'Michael Vachette').click();
    await apps(page);
    expect(await who(page)).toBe('Michael Vachette');
    expect(query(page)).toBe('?as=michael');
    const kept = await page.evaluate(async () => ({
      storage: [{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state],
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
    }));
    expect(kept).toEqual({ storage: [{}, {}, '', null], databases: [], caches: [] });
    const { access_token, refresh_token, id_token } = await (await exchanged).json();
    const cookies = JSON.stringify(await page.context().cookies());
    for (const secret of [access_token, refresh_token, id_token]) {
      expect(secret).toEqual(expect.any(String));
      expect(cookies).not.toContain(secret);
    }
  });

  it('asks nobody who is signed in: on a reload, on the other page, and where no person is named', async () => {
    await site.open(MICHAEL);
    const asked = { reload: ['auth', 'authorization_code'] };
    const page = await site.open('grants/?as=michael&client_id=vts_cursor#content');
    expect(
      await askedDuring(page, async () => {
        await page.reload({ waitUntil: 'commit' });
        await page.locator('tbody tr').first().waitFor();
      }),
    ).toEqual(asked.reload);
    expect(query(page) + new URL(page.url()).hash).toBe('?as=michael&client_id=vts_cursor#content');
    expect(
      await askedDuring(page, async () => {
        await page.getByRole('link', { name: 'Connected apps' }).click();
        await apps(page);
      }),
    ).toEqual(asked.reload);
    await site.visit('connected-apps/');
    await apps(page);
    expect([await who(page), query(page)]).toEqual(['Michael Vachette', '']);
  });

  it('asks again for another person, and names whoever signs in then', async () => {
    const page = await site.open(MICHAEL);
    await page.getByRole('link', { name: 'Switch person' }).click();
    await page.getByRole('link', { name: 'Connected apps, as Noor Haddad' }).click();
    await continueAs(page, 'Noor Haddad').waitFor();
    expect(await page.locator('.lead').textContent()).toContain('You are signed in as Michael Vachette.');
    await continueAs(page, 'Noor Haddad').click();
    await page.getByRole('heading', { name: 'No app is connected' }).waitFor();
    expect([await who(page), query(page)]).toEqual(['Noor Haddad', '?as=noor']);

    await site.visit('grants/?as=greta&status=all');
    await page.getByRole('button', { name: /^Tomás Ferreira/ }).click();
    await page.locator('tbody tr').first().waitFor();
    expect([await who(page), query(page)]).toEqual(['Tomás Ferreira', '?as=tomas&status=all']);
    expect(await page.getByRole('link', { name: 'Connected apps' }).getAttribute('href')).toContain(
      'as=tomas',
    );
  });

  it('asks who somebody is for a person whom nobody knows', async () => {
    await site.open(MICHAEL);
    const page = await site.visit('connected-apps/?as=nobody');
    await page.getByRole('button', { name: /^Michael Vachette/ }).click();
    await apps(page);
    expect([await who(page), query(page)]).toEqual(['Michael Vachette', '?as=michael']);
  });

  it('says that the person cancelled, and asks again only when they want to', async () => {
    await site.signOut();
    const page = await site.visit(MICHAEL);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await alert(page, 'You are not signed in');
    expect(query(page)).toBe('?as=michael');
    await expectAccessible(page);
    const asked = await askedDuring(page, async () => {
      await page.evaluate(() => dispatchEvent(new Event('visibilitychange')));
      await alert(page, 'You are not signed in');
    });
    expect(asked).toEqual([]);
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await continueAs(page, 'Michael Vachette').click();
    await apps(page);
  });

  it.each(['code=x&state=y', 'error=access_denied&state=y', 'code=x', 'error=server_error'])(
    'takes no answer to what it did not ask: %s',
    async (stray) => {
      const page = await site.visit(`grants/?as=tomas&status=all&${stray}&iss=z`);
      await alert(page, 'This sign-in is over');
      expect(query(page)).toBe('?as=tomas&status=all');
      expect(await page.locator('.who strong').count()).toBe(0);
    },
  );

  const failures: [what: string, answer: (route: Route) => Promise<void>, text: string][] = [
    [
      'is refused',
      (route) => site.answer(route, 400, { error: 'invalid_grant' }),
      'refused it. Its answer was “invalid_grant”.',
    ],
    ['answers nonsense', (route) => site.answer(route, 200, {}), 'refused it.'],
    ['gets no answer', (route) => route.abort(), 'cannot be reached.'],
  ];

  it.each(failures)(
    'says so when the exchange %s, and does not begin again by itself',
    async (_what, answer, text) => {
      const page = await site.open(MICHAEL);
      await page.route(TOKEN, answer);
      const asked = await askedDuring(page, async () => {
        await page.reload({ waitUntil: 'commit' });
        await alert(page, 'The sign-in failed');
        expect(await page.getByRole('alert').textContent()).toContain(text);
        await page.evaluate(() => dispatchEvent(new Event('visibilitychange')));
      });
      expect(asked).toEqual(['auth', 'authorization_code']);
      expect(query(page)).toBe('?as=michael');
      await page.unroute(TOKEN);
      await page.getByRole('button', { name: 'Sign in again' }).click();
      await apps(page);
    },
  );

  it('says what the authorization server answered instead of a code', async () => {
    const page = await site.open(MICHAEL);
    await page.route(AUTHORIZATION, (route) => {
      const asked = new URL(route.request().url());
      const back = new URL(asked.searchParams.get('redirect_uri') ?? '');
      const answer = {
        error: 'server_error',
        state: asked.searchParams.get('state') ?? '',
        iss: `${site.server}/demo-idp`,
      };
      back.search = `${new URLSearchParams(answer)}`;
      return route.fulfill({ status: 303, headers: { Location: back.href } });
    });
    await page.reload({ waitUntil: 'commit' });
    await alert(page, 'The sign-in failed');
    expect(await page.getByRole('alert').textContent()).toContain('“server_error”');
    await expectAccessible(page);
  });

  it('renews an access token that has expired without a word', async () => {
    await site.open(MICHAEL);
    const page = await site.visit('');
    const asked = await askedDuring(page, () =>
      site
        .open(
          MICHAEL,
          withExpiredToken((route) => route.continue()),
        )
        .then(apps),
    );
    expect(asked).toEqual(['auth', 'authorization_code', 'refresh_token']);
    expect(await who(page)).toBe('Michael Vachette');
  });

  it('asks to sign in again when the session has ended, and goes on from there', async () => {
    const ended = (route: Route) => site.answer(route, 400, { error: 'invalid_grant' });
    const page = await site.open(MICHAEL, withExpiredToken(ended));
    await alert(page, 'You are signed out');
    await expectAccessible(page);
    await page.unroute(TOKEN);
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await apps(page);
  });

  it('tries again when no answer came to a renewal', async () => {
    const page = await site.open(
      MICHAEL,
      withExpiredToken((route) => route.abort()),
    );
    await alert(page, 'No answer');
    await page.unroute(TOKEN);
    await page.getByRole('button', { name: 'Try again' }).click();
    await apps(page);
  });

  it.each([
    ['below a prefix that a proxy strips', () => `${PREFIX}/app/${MICHAEL}`],
    [
      'by another name of this machine',
      () => `${site.server.replace('127.0.0.1', 'localhost')}/app/${MICHAEL}`,
    ],
  ])('works where the server is reached %s', async (_how, address) => {
    await site.open(MICHAEL);
    const page = await site.visit(address());
    const { href } = new URL(address(), page.url());
    await apps(page);
    expect(page.url()).toBe(href);
  });

  it('works with an authorization server that the page names by its issuer', async () => {
    site.signInTo(`${site.server}/demo-idp`);
    await apps(await site.open(MICHAEL));
    site.signInTo(`${site.server}/none`);
    await alert(await site.visit(MICHAEL), 'That did not work');
  });
}
