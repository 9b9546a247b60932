import { type Html, html, pageOf } from '../html.ts';
import { scopeWords } from '../scope-words.ts';
import { APP_BASE } from './registration.ts';
import type { Connected, Standing } from './sessions.ts';

const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });

const CONNECT = (label: string) => html`
  <form method="post" action="${APP_BASE}/connect" class="buttons">
    <button class="primary">${label}</button>
  </form>`;

/** How the last use of the access went. */
const LAST = {
  worked: html`<p class="notice" role="status">The access still works.</p>`,
  unchecked: html`<p class="notice trouble" role="alert">The access could not be checked. Try again.</p>`,
};

/**
 * The app's one page: how it stands with its visitor.
 *
 * @param connectedApps where the person sees and revokes what they allowed
 */
export function standingPage(app: string, standing: Standing, connectedApps: string): string {
  const [title, content] = contentOf(app, standing, connectedApps);
  return pageOf({ title: `${title} · ${app}`, base: APP_BASE, look: 'app', brand: app, content });
}

/** Says that there is no sign-in to come back from: it was finished, or it is too long ago. */
export function overPage(app: string): string {
  const title = 'This sign-in is over';
  const content = html`
    <h1>${title}</h1>
    <p class="lead">Connect again, or see <a href="${APP_BASE}/">whether ${app} is connected</a>.</p>
    ${CONNECT('Connect again')}`;
  return pageOf({ title: `${title} · ${app}`, base: APP_BASE, look: 'app', brand: app, content });
}

function contentOf(app: string, standing: Standing, connectedApps: string): [title: string, content: Html] {
  switch (standing.kind) {
    case 'unconnected':
      return [
        'Not connected',
        html`
          <h1>Your notes, on your platform</h1>
          <p class="lead">${app} is a third-party app. To keep notes in your account, it needs your
            permission. It then shows whether its access still works, even after you revoke it.</p>
          ${CONNECT('Connect')}`,
      ];
    case 'connected':
      return ['Connected', connected(app, standing, connectedApps)];
    case 'lost':
      return [
        'Access lost',
        html`
          <div class="ended" role="status">
            <h1>Access lost</h1>
            <p class="lead">What ${standing.name} allowed was taken back or has expired. The refresh token of ${app} no
              longer works. It has to ask you again.</p>
            <p class="fine">An access token that it already has works until it expires, here at most 5 minutes.</p>
          </div>
          ${CONNECT('Connect again')}`,
      ];
    case 'denied':
      return [
        'Not allowed',
        html`
          <h1>Not allowed</h1>
          <p class="lead">You denied ${app} access to your account. Nothing was shared.</p>
          ${CONNECT('Try again')}`,
      ];
    case 'failed':
      return [
        'That did not work',
        html`
          <h1>That did not work</h1>
          <p class="lead">${app} could not connect to your account. The sign-in may have expired.</p>
          ${CONNECT('Try again')}`,
      ];
  }
}

function connected(app: string, { access, usedAt, last }: Connected, connectedApps: string): Html {
  return html`
    <h1>Connected</h1>
    <p class="lead">${app} may use the account of <strong>${access.name}</strong>, even while they are away.</p>
    ${last ? LAST[last] : ''}
    <dl>
      <dt>It may</dt>
      <dd><ul class="may">${scopeWords(access.scope).map((words) => html`<li>${words}</li>`)}</ul></dd>
      <dt>Its access last worked</dt>
      <dd><time datetime="${usedAt.toISOString()}">${TIME.format(usedAt)}</time></dd>
    </dl>
    <form method="post" action="${APP_BASE}/use" class="buttons">
      <button class="primary">Use access now</button>
    </form>
    <p class="fine"><a href="${connectedApps}">Open Connected apps</a> as ${access.name} and revoke ${app} there. Then
      come back and use its access again.</p>`;
}
