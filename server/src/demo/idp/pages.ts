import { type Html, html, pageOf } from '../html.ts';
import type { Persona } from '../personas.ts';
import { scopeWords } from '../scope-words.ts';
import type { RegisteredApp } from './clients.ts';

/** Where the authorization server is mounted. */
const BASE = '/demo-idp';

function page(title: string, content: Html): string {
  return pageOf({ title, base: BASE, look: 'idp', brand: 'Vertesia', content });
}

export interface SignIn {
  app: string;
  people: Persona[];
  /** Whom the app expects; they come first. */
  expected?: Persona | undefined;
  /** Who is signed in already. */
  signedIn?: Persona | undefined;
}

/** Lets a visitor sign in: they say who they are, and nobody checks it. */
export function signInPage({ app, people, expected, signedIn }: SignIn): string {
  const button = ({ id, name, role }: Persona, before: string, look: string) => html`
    <button name="person" value="${id}" class="${look}"><strong>${before}${name}</strong> <small>${role}</small></button>`;
  return page(
    'Sign in to Vertesia',
    html`
      <h1>Sign in to Vertesia</h1>
      <p class="lead">to continue to <strong>${app}</strong>. This is a demo, so there is no password: pick a
        person.${signedIn ? html` You are signed in as <strong>${signedIn.name}</strong>.` : ''}</p>
      <form method="post" class="people">
        ${expected ? html`${button(expected, 'Continue as ', 'primary')}<p class="fine">Or as somebody else</p>` : ''}
        ${people.filter((person) => person !== expected).map((person) => button(person, '', ''))}
      </form>
      <form method="post" class="buttons"><button name="answer" value="cancel">Cancel</button></form>`,
  );
}

export interface Asked {
  app: string;
  person: string;
  /** What the app asks for, separated by spaces. */
  scope: string;
  /** Where somebody else can sign in. */
  switchUrl: string;
}

/** Asks a person whether an app may do what it asks for. */
export function consentPage({ app, person, scope, switchUrl }: Asked): string {
  return page(
    `Allow ${app}?`,
    html`
      <h1>Allow ${app} to use your account?</h1>
      <p class="lead">You are signed in as <strong>${person}</strong>. <a href="${switchUrl}">Switch person</a></p>
      <h2 id="may">If you allow it, it may</h2>
      <ul class="may" aria-labelledby="may">
        ${scopeWords(scope).map((words) => html`<li>${words}</li>`)}
      </ul>
      <p class="fine">You can take this back at any time in Connected apps.</p>
      <form method="post" class="buttons">
        <button class="primary" name="answer" value="allow">Allow</button>
        <button name="answer" value="deny">Deny</button>
      </form>`,
  );
}

/** Says that signing in failed. */
export function errorPage(reason: string): string {
  return failedPage(html`
    <p class="lead">Go back to the app and try again.</p>
    <p class="fine">What went wrong: <code>${reason}</code></p>`);
}

/** Says that the pages at `/app/` are at an origin that nobody has allowed, and how to allow it. */
export function unknownOriginPage(redirectUri: string): string {
  const origin = URL.canParse(redirectUri) ? new URL(redirectUri).origin : 'https://account.example.com';
  return failedPage(html`
    <p class="lead">This server does not know the address of the page that sent you here.</p>
    <p class="fine">If the page is yours, start the server with its origin: <code>CORS_ORIGINS=${origin}</code></p>`);
}

/** Says that a sign-in is over, and leads to where another can begin. */
export function overPage({ name, uri }: RegisteredApp): string {
  return failedPage(html`
    <p class="lead">This sign-in is over: it was finished, or it expired. <a href="${uri}">Go to ${name}</a> or
      <a href="${new URL('/app/', uri).href}">pick a demo user</a>.</p>`);
}

function failedPage(content: Html): string {
  return page('That did not work', html`<h1>That did not work</h1>${content}`);
}
