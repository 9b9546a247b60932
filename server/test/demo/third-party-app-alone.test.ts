import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { thirdPartyApp } from '../../src/demo/third-party-app/app.ts';
import { registration } from '../../src/demo/third-party-app/registration.ts';
import { Browser } from './browser.ts';

/*
 * The app with an authorization server that does what the demo's never does.
 */

const { privateKey } = await generateKeyPair('ES256');
const site = express();
const server = site.listen(0, '127.0.0.1');
/** What the token endpoint answers besides an access token and an ID token. */
let also: object = {};
let isAway = false;
let url = '';
let issuer = '';
let clientId = '';

beforeAll(async () => {
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  issuer = `${url}/as`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

site.use('/as', (_req, res, next) => (isAway ? res.status(503).end() : next()));
site.get('/as/.well-known/openid-configuration', (_req, res) => {
  res.json({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    id_token_signing_alg_values_supported: ['ES256'],
    code_challenge_methods_supported: ['S256'],
  });
});
site.get('/as/auth', ({ query }, res) => {
  res.redirect(303, `${query.redirect_uri}?${new URLSearchParams({ code: 'x', state: `${query.state}` })}`);
});
site.post('/as/token', async (_req, res) => {
  const id_token = await new SignJWT({ name: 'Someone' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(issuer)
    .setSubject('someone')
    .setAudience(clientId)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  res.json({ access_token: 'a', token_type: 'Bearer', expires_in: 300, id_token, ...also });
});

/** An app that has not looked for its authorization server yet, and a visitor of it. */
let app: RequestHandler;
let visitor: Browser;

site.use('/demo-app', (req, res, next) => app(req, res, next));

beforeEach(async () => {
  isAway = false;
  also = { refresh_token: 'r' };
  const registered = registration(url, 'secret');
  clientId = registered.id;
  const clock = () => new Date();
  app = thirdPartyApp({ issuer, app: registered, clock, log: pino({ level: 'silent' }) });
  visitor = await new Browser().open(`${url}/demo-app/`);
});

test('connects where it is given a refresh token, and only there', async () => {
  expect((await visitor.press()).text).toMatch(/^Connected/);
  also = {};
  const another = await new Browser().open(`${url}/demo-app/`);
  expect((await another.press()).text).toMatch(/^That did not work/);
});

test('stays connected when it asks again and is given no refresh token', async () => {
  await visitor.press();
  also = {};
  expect((await visitor.press({}, '/demo-app/connect')).text).toMatch(/^Connected/);
});

test('keeps its refresh token when a use of it brings no other', async () => {
  await visitor.press();
  also = {};
  for (const _ of [1, 2]) expect((await visitor.press()).text).toContain('The access still works.');
});

test('cannot ask while the authorization server is away, and asks again when it is back', async () => {
  isAway = true;
  expect((await visitor.press()).text).toMatch(/^That did not work/);
  isAway = false;
  expect((await visitor.press()).text).toMatch(/^Connected/);
});

test('says that it could not check its access while the authorization server is away', async () => {
  await visitor.press();
  isAway = true;
  expect((await visitor.press()).text).toContain('The access could not be checked. Try again.');
  isAway = false;
  expect((await visitor.press()).text).toContain('The access still works.');
});
