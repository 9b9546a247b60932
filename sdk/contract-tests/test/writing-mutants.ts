import {
  is,
  isOf,
  isRevocation,
  LIST,
  type Mutant,
  onEvents,
  sendAs,
  type Tokens,
  writing,
} from './faults.ts';
import type { Fault, Given } from './faulty-proxy.ts';

const onPreview = (change: (given: Given) => void): Fault => ({
  onAnswer(given, sent) {
    if (isRevocation(sent) && given.status === 200 && 'sample' in given.body) change(given);
  },
});

/** Servers that break rules about writing. */
export function writingMutants({ own, person }: Tokens): Mutant[] {
  const keys = new Map<string, string>();
  return [
    {
      name: 'spares the consents of selected grants',
      found: /other numbers than a preview of the same/,
      options: writing(/previews?|consents of selected/),
      onRequest(sent) {
        if (isRevocation(sent) && sent.body.includes('grant_ids') && !sent.body.includes('dry_run'))
          sent.body = sent.body.replace('"include_consent":true', '"include_consent":false');
      },
    },
    {
      name: 'lets a member restore what an admin suspended',
      found: /a 204 for what somebody with a wider permission suspended/,
      options: writing(/a member .*what an account admin suspended/),
      onRequest: (sent) => is(sent, 'POST', '/restore') && isOf(sent, person) && sendAs(sent, own),
    },
    {
      name: 'prolongs a suspension',
      found: /a suspension that a second one prolonged/,
      options: writing(/a suspension ends/),
      onAnswer({ body }, sent) {
        if (is(sent, 'POST', '/suspend') && body.suspended_until)
          body.suspended_until = new Date().toISOString();
      },
    },
    {
      name: 'does not list which grants are suspended',
      found: /listOAuthGrants: a suspended grant not as with include_suspension=true/,
      options: writing(/a suspension ends/),
      onAnswer({ status, body }, { url }) {
        if (status === 200 && url.pathname === LIST)
          for (const grant of body.grants) delete grant.suspended_until;
      },
    },
    {
      name: 'leaves no event of a restoration',
      found: /0 events with the X-Request-Id of a restore/,
      options: writing(/restoreOAuthGrant: /),
      ...onEvents((events, given) => {
        given.body.events = events.filter(({ action }) => action !== 'restore');
      }),
    },
    {
      name: 'gives events a request id of their own',
      found: /0 events with the X-Request-Id of a suspend/,
      options: writing(/suspendOAuthGrant: /),
      ...onEvents((events) => {
        for (const event of events) event.request_id = 'another';
      }),
    },
    {
      name: 'takes a key for any request',
      found: /revokeOAuthGrants: a 200 for the key of another request/,
      options: writing(/revokeOAuthGrants: /),
      onRequest({ url, headers, body }) {
        const key = headers.get('idempotency-key') ?? '';
        if ((keys.get(key) ?? url.href + body) !== url.href + body) headers.delete('idempotency-key');
        keys.set(key, url.href + body);
      },
    },
    {
      name: 'counts again what a repetition changes',
      found: /revokeOAuthGrant: a repetition with another answer than the first/,
      options: writing(/revokeOAuthGrant: /),
      onAnswer({ headers, body }) {
        if (headers.has('idempotency-replayed') && body.revoked_tokens) body.revoked_tokens = 0;
      },
    },
    {
      name: 'does not look at keys',
      found: /revokeMeGrant: a repetition without Idempotency-Replayed: true/,
      options: { ...writing(/revokeMeGrant: /), documents: ['me-grants'] },
      onRequest: ({ headers }) => headers.delete('idempotency-key'),
    },
    {
      name: 'names one wrong id of several',
      found: /errors that do not name just the ids that are not found/,
      options: writing(/selected grants are/),
      onAnswer({ status, body }, sent) {
        if (isRevocation(sent) && status === 404) body.errors = body.errors.slice(0, 1);
      },
    },
    {
      name: 'takes a moment in the future',
      found: /a 200 for an unused_since in the future/,
      options: writing(/in the future/),
      onRequest(sent) {
        sent.body = sent.body.replace('2999-', '2020-');
      },
    },
    {
      name: 'previews active grants alone',
      found: /\d+ grants, and \d+ in the list of account_id=/,
      options: writing(/a preview has/),
      onRequest(sent) {
        if (sent.body.includes('dry_run'))
          sent.body = sent.body.replace(/"status":"\w+"/, '"status":"active"');
      },
    },
    {
      name: 'shows the oldest grants of a preview',
      found: /a sample of other grants than those granted last/,
      options: writing(/a preview has/),
      ...onPreview(({ body }) => body.sample.reverse()),
    },
    {
      name: 'executes a preview of grants that changed',
      found: /a 200 for a preview of grants that changed/,
      options: writing(/what changed is said/),
      onAnswer(given, sent) {
        if (!isRevocation(sent) || !String(given.body.type).endsWith('preview-changed')) return;
        given.headers.set('content-type', 'application/json');
        Object.assign(given, { status: 200, body: { revoked_tokens: 1, revoked_consents: 0 } });
      },
    },
    {
      name: 'lets a member suspend the grants of others',
      found: /a 200 for a grant that the caller does not see/,
      options: writing(/cannot change/),
      onRequest: (sent) => is(sent, 'POST', '/suspend') && isOf(sent, person) && sendAs(sent, own),
    },
    {
      name: 'shows a member whom it finds in the account',
      found: /a user_id of no grant that the caller sees/,
      options: writing(/finds no user/),
      onRequest: (sent) => is(sent, 'POST', '/search') && isOf(sent, person) && sendAs(sent, own),
    },
  ];
}
