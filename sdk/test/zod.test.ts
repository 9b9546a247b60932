import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import * as schemas from '../src/zod.ts';

const bundle = new URL('../../openapi/bundled/oauth-grants.json', import.meta.url);
const document = JSON.parse(readFileSync(bundle, 'utf8'));
const ajv = new Ajv2020({
  strict: false,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/ },
});
ajv.addSchema(document, 'document');

const allows = (schema: string, body: unknown) =>
  ajv.validate({ $ref: `document#/components/schemas/${schema}` }, body);

const ID = document.components.schemas.OAuthGrant.example?.grant_id ?? 'eyJhIjoxfQ';
const MOMENTS = ['2026-05-01T00:00:00Z', '2026-05-01T02:00:00+02:00', '2026-05-01', 'yesterday'];

describe('the schema of a bulk revocation', () => {
  const filters = [
    {},
    { status: 'all' },
    { unused_since: MOMENTS[0] },
    { client_id: 'x' },
    { client_id: '' },
    { client_id: 'x'.repeat(2_049) },
    { client_id: 'x', userId: 'y' },
    { client_id: 'x', user_id: undefined },
    { account_id: 'x', status: 'gone' },
    ...MOMENTS.map((unused_since) => ({ project_id: 'x', unused_since })),
  ];
  const others = [
    { grant_ids: [] },
    { grant_ids: [], client_id: 'x' },
    { grant_ids: [1] },
    { grant_ids: [ID] },
    { grant_ids: [ID], client_id: 'x' },
    { grant_ids: Array.from({ length: 1_001 }, () => ID), client_id: 'x' },
    { preview_token: 5 },
    { preview_token: 'a.b.c' },
    { preview_token: 'a.b.c', client_id: 'x' },
  ];
  const ways = [
    {},
    { dry_run: true },
    { dry_run: 'true' },
    { include_consent: true },
    { include_consent: null },
  ];
  const bodies = [...filters, ...others].flatMap((body) => ways.map((way) => ({ ...body, ...way })));

  it('accepts what the document allows, and nothing else', () => {
    const sent = bodies.map((body) => JSON.parse(JSON.stringify(body)));
    const wrong = sent.filter(
      (body) =>
        schemas.zRevokeOAuthGrantsBody.safeParse(body).success !== allows('OAuthGrantRevokeRequest', body),
    );
    expect(wrong).toEqual([]);
    expect(sent.filter((body) => allows('OAuthGrantRevokeRequest', body)).length).toBeGreaterThan(10);
  });

  it('keeps all that was sent, so that a preview does not become a revocation', () => {
    const body = { client_id: 'x', unused_since: MOMENTS[1], dry_run: true };
    expect(schemas.zRevokeOAuthGrantsBody.parse(body)).toMatchObject(body);
  });

  it('says which filters there are where none was sent', () => {
    const { error } = schemas.zRevokeMatchingGrants.safeParse({ status: 'all' });
    expect(error?.issues[0]?.message).toBe(
      'Needs at least one of account_id, project_id, user_id, client_id, resource',
    );
  });

  it('accepts both answers', () => {
    const preview = {
      grants: 0,
      tokens: 0,
      consents: 0,
      sample: [],
      preview_token: 'a.b.c',
      expires_at: MOMENTS[0],
    };
    for (const answer of [{ revoked_tokens: 1, revoked_consents: 0 }, preview]) {
      expect(schemas.zRevokeOAuthGrantsResponse.parse(answer)).toEqual(answer);
    }
    expect(schemas.zRevokeOAuthGrantsResponse.safeParse({}).success).toBe(false);
  });
});

it('no schema of a query or a body accepts a misspelt name', () => {
  const strict = Object.entries(schemas).filter(([name]) => /(?:Query|OAuthGrants?Body)$/.test(name));
  expect(strict.length).toBeGreaterThan(7);
  for (const [name, schema] of strict) {
    const { error } = schema.safeParse({ limti: 5, offset: 0 });
    expect(JSON.stringify(error?.issues), name).toContain('limti');
  }
});

it('an answer may have fields that a later server adds', () => {
  const answer = { revoked_tokens: 1, revoked_consents: 0, later: true };
  expect(schemas.zRevokeOAuthGrantResponse.safeParse(answer).success).toBe(true);
});
