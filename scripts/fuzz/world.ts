import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { exportJWK, generateKeyPair } from 'jose';
import { type Collections, createIndexes } from '../../server/src/database/collections.ts';
import { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { suspendGrant } from '../../server/src/grants/revocation/suspend.ts';

/** What the fuzzed server contains: little enough that random requests hit something. */
export const ACCOUNTS = ['account-a', '652feb8b38902b2e2245a2fb'];
export const PROJECTS = ['project-1', 'project-2', '67dcf023c2a0761b44051f6f'];
export const PEOPLE = Array.from({ length: 12 }, (_, index) => `person-${index}`);
export const RESOURCES = ['https://mcp.example/', 'https://api.example/v1?tenant=a&b=c', 'urn:files'];
export const THIRD_PARTY = '67e000dd2125fc47eb9ed815';
export const FIRST_PARTY = 'our-own-app';
/** Exists only as its metadata document. */
const UNREGISTERED = 'https://client.example/metadata.json?v=1';
export const CLIENTS = [THIRD_PARTY, FIRST_PARTY, UNREGISTERED, 'klient-é-漢字'];
export const SCOPES = ['openid', 'profile', 'mcp', 'files:read', 'project:67dcf023c2a0761b44051f6f'];
export const ORGANIZATION_SCOPES = ['org-read', 'org-invite'];
export const RESOURCE_SCOPES = ['scope-read', 'scope-write', 'scope-run'];

const TOKENS = 3_000;
const DAY_MS = 86_400_000;

export interface SixValues {
  client_id: string;
  user_id: string;
  account_id: string;
  project_id: string;
  resource: string;
  scope: string[];
}

export const sixValues: fc.Arbitrary<SixValues> = fc.record({
  client_id: fc.constantFrom(...CLIENTS),
  user_id: fc.constantFrom(...PEOPLE),
  account_id: fc.constantFrom(...ACCOUNTS),
  project_id: fc.constantFrom(...PROJECTS),
  resource: fc.constantFrom(...RESOURCES),
  scope: fc.nat(3).map((length) => SCOPES.slice(0, length + 2)),
});

/** A grant's id, as the published page describes it. */
export function grantId(values: SixValues): string {
  const { client_id, user_id, account_id, project_id, resource } = values;
  const scope = [...new Set(values.scope)].sort();
  const json = JSON.stringify({ client_id, user_id, account_id, project_id, resource, scope });
  return Buffer.from(json).toString('base64url');
}

export const consentId = (user_id: string, index: number) => `consent-${user_id}-${index}`;
export const CONSENTS_EACH = 8;
/** The verification record that lets a user see their account. */
export const verificationId = (user_id: string) => `verified-${user_id}`;

/** Suspends every active grant, so that some requests find one to restore. */
export async function suspendAll(collections: Collections): Promise<void> {
  await createIndexes(collections);
  const model = new GrantModel({ collections, clock: () => new Date() });
  await model.refreshWhole();
  const asked = { by: { user_id: null, client_id: null }, request_id: null, operation: 'fuzz' };
  for await (const { _id } of model.grants.find({ status: 'active' })) {
    await suspendGrant(model, _id, { id: model.newId(), asked, rank: 0, now: new Date() });
  }
}

/** Fills an empty store; the same for the same seed, except for the dates, which are relative to `now`. */
export async function fill(collections: Collections, seed: number, now: Date): Promise<void> {
  const [rows = []] = fc.sample(fc.array(tokenRow(now), { minLength: TOKENS, maxLength: TOKENS }), {
    seed,
    numRuns: 1,
  });
  const insert = (name: keyof Collections, documents: object[]) =>
    collections[name].collection.insertMany(documents);
  const later = new Date(now.getTime() + DAY_MS);
  await Promise.all([
    insert(
      'refreshTokens',
      rows.map((row, index) => ({ _id: `token-${index}`, ...row })),
    ),
    insert(
      'consents',
      PEOPLE.flatMap((user_id, person) =>
        Array.from({ length: CONSENTS_EACH }, (_, index) => ({
          _id: consentId(user_id, index),
          client_id: CLIENTS[(person + index) % CLIENTS.length],
          user_id,
          account_id: ACCOUNTS[index % 2],
          project_id: PROJECTS[index % 3],
          resource: RESOURCES[index % 3],
          scope: SCOPES.slice(0, index % 5),
          granted_at: now,
          updated_at: now,
          expires_at: index % 3 === 0 ? null : later,
          revoked_at: null,
        })),
      ),
    ),
    insert('clients', [
      { _id: THIRD_PARTY, name: 'A '.repeat(400), client_uri: 'not a uri', is_first_party: false },
      { _id: FIRST_PARTY, name: 'Ours', client_uri: null, logo_uri: null, is_first_party: true },
      { _id: CLIENTS[3], name: '', is_first_party: false },
    ]),
    insert('userConsentScopes', [
      {
        _id: THIRD_PARTY,
        organization_scopes: ORGANIZATION_SCOPES,
        resource_scopes: RESOURCE_SCOPES,
        organization_resource_scopes: RESOURCE_SCOPES,
        user_scopes: ['profile'],
      },
    ]),
    insert('users', [{ _id: PEOPLE[0], name: 'Zoë', email: 'nobody' }, { _id: PEOPLE[1] }]),
    insert('projects', [{ _id: PROJECTS[0], name: 'Ours' }]),
    insert(
      'verificationRecords',
      PEOPLE.map((user_id) => ({
        _id: verificationId(user_id),
        user_id,
        type: 'Password',
        verified: true,
        expires_at: later,
      })),
    ),
    insert(
      'organizationScopes',
      ORGANIZATION_SCOPES.map((_id) => ({ _id, name: _id, description: null })),
    ),
    insert('resources', [{ _id: 'resource', name: 'R', indicator: 'https://api.example/' }]),
    insert(
      'resourceScopes',
      RESOURCE_SCOPES.map((_id) => ({ _id, resource_id: 'resource', name: _id, description: 'x' })),
    ),
  ]);
}

function tokenRow(now: Date) {
  const date = fc.integer({ min: -400, max: 400 }).map((days) => new Date(now.getTime() + days * DAY_MS));
  const past = fc.integer({ min: 1, max: 400 }).map((days) => new Date(now.getTime() - days * DAY_MS));
  return fc
    .record({
      values: sixValues,
      consent: fc.option(fc.nat(CONSENTS_EACH - 1)),
      created_at: past,
      last_used_at: fc.option(past),
      expires_at: fc.option(date),
      revoked_at: fc.option(past, { freq: 2 }),
    })
    .map(({ values, consent, ...dates }) => ({
      consent_id: consent === null ? null : consentId(values.user_id, consent),
      ...values,
      ...dates,
      updated_at: dates.created_at,
    }));
}

/** An issuer of access tokens on loopback, which publishes its key as real ones do. */
export async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'the-key' };
  const server = createServer((_req, res) => {
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    issuer: `http://127.0.0.1:${port}`,
    privateKey,
    jwk,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

export type Issuer = Awaited<ReturnType<typeof startIssuer>>;
