import express, { type ErrorRequestHandler, Router } from 'express';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { RegisteredApp } from './clients.ts';
import { consentPage, errorPage, overPage, signInPage } from './pages.ts';
import { PEOPLE, personHinted, personOf } from './people.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/**
 * What the authorization server asks a person: who they are, and whether they allow what an app asks for.
 *
 * @param home the app that a sign-in which is over leads back to
 */
export function interactions(provider: Provider, home: RegisteredApp): Router {
  const router = Router();
  router.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/:uid', async (req, res) => {
    const interaction = await provider.interactionDetails(req, res);
    const app = await appOf(provider, interaction);
    if (interaction.prompt.name === 'login') {
      const expected = personHinted(interaction.params.login_hint);
      const signedIn = personOf(interaction.session?.accountId ?? '');
      res.send(signInPage({ app, people: PEOPLE, expected, signedIn }));
      return;
    }
    const person = personOf(interaction.session?.accountId ?? '')?.name ?? '';
    const scope = textOf(interaction.params.scope);
    res.send(consentPage({ app, person, scope, switchUrl: switchUrlOf(provider, interaction) }));
  });

  router.post('/:uid', express.urlencoded({ extended: false, limit: '4kb' }), async (req, res) => {
    const interaction = await provider.interactionDetails(req, res);
    const { person, answer } = req.body ?? {};
    if (answer === 'cancel') {
      const cancelled = { error: 'access_denied', error_description: 'the person did not sign in' };
      await provider.interactionFinished(req, res, cancelled, { mergeWithLastSubmission: false });
    } else if (interaction.prompt.name === 'login') {
      const chosen = PEOPLE.find(({ id }) => id === person);
      if (!chosen) throw new errors.InvalidRequest('the demo has no such person');
      const login = { accountId: chosen.claims.sub };
      await provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
    } else if (answer === 'allow') {
      const consent = { grantId: await allow(provider, interaction) };
      await provider.interactionFinished(req, res, { consent }, { mergeWithLastSubmission: true });
    } else {
      const denied = { error: 'access_denied', error_description: 'the person did not allow it' };
      await provider.interactionFinished(req, res, denied, { mergeWithLastSubmission: false });
    }
  });

  router.use(showFault(home));
  return router;
}

async function appOf(provider: Provider, { params }: Interaction): Promise<string> {
  const id = textOf(params.client_id);
  return (await provider.Client.find(id))?.clientName ?? id;
}

/** The same request again, with another person to sign in. */
function switchUrlOf(provider: Provider, { params }: Interaction): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...params, prompt: 'login consent' })) {
    for (const one of [value].flat()) if (typeof one === 'string') query.append(name, one);
  }
  return `${provider.pathFor('authorization')}?${query}`;
}

/** Adds what is asked for to what the person allowed this app before, and returns the id of all of it. */
async function allow(provider: Provider, { grantId, session, params, prompt }: Interaction): Promise<string> {
  const clientId = textOf(params.client_id);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ clientId, accountId: session?.accountId });
  const { missingOIDCScope, missingResourceScopes } = prompt.details;
  if (Array.isArray(missingOIDCScope)) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {}))
    grant.addResourceScope(resource, scopes.join(' '));
  return grant.save();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Shows what is wrong. A sign-in that has expired, was finished already, or belongs to another browser is over. */
function showFault(home: RegisteredApp): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (error instanceof errors.SessionNotFound) res.status(error.statusCode).send(overPage(home));
    else if (error instanceof errors.OIDCProviderError)
      res.status(error.statusCode).send(errorPage(error.error_description ?? error.message));
    else next(error);
  };
}
