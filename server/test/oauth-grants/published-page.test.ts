import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { admin, fill } from './lists.ts';

/*
 * The three answers with the fields that the published page lists and no others, as a client that is strict about them
 * reads them.
 */

const instant = z.iso.datetime();
const grant = z.strictObject({
  grant_id: z.string(),
  client_id: z.string(),
  client_name: z.string(),
  user_id: z.string(),
  user_name: z.string().optional(),
  user_email: z.string().optional(),
  account_id: z.string(),
  project_id: z.string(),
  resource: z.string(),
  scope: z.array(z.string()),
  status: z.enum(['active', 'revoked', 'expired']),
  token_count: z.number(),
  granted_at: instant,
  created_at: instant,
  last_used_at: instant.optional(),
  expires_at: instant.optional(),
});
const list = z.strictObject({
  grants: z.array(grant),
  total_count: z.number(),
  limit: z.number(),
  offset: z.number(),
});
const revocation = z.strictObject({ revoked_tokens: z.number(), revoked_consents: z.number() });

const service = useService();
const GRANTS = '/api/v1/oauth-grants';

beforeEach(async () => {
  await fill(service);
  await service.store.users.create({ _id: PAGE_GRANT.user_id, name: 'Michael', email: 'm@example.com' });
  await service.store.consents.create(consentRow({ _id: 'consent' }));
  await service.store.refreshTokens.create(tokenRow({ _id: 'page', consent_id: 'consent' }));
});

async function read<Answer>(schema: z.ZodType<Answer>, method: string, path: string, body?: object) {
  const answer = await service.ask(method, path, { as: admin, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return schema.parse(answer.body);
}

describe('a client that is strict about the published fields reads', () => {
  it.each([
    ['', 100, 0],
    ['?limit=1', 1, 0],
    ['?limit=2&offset=3', 2, 3],
    ['?status=all&limit=1000', 1_000, 0],
    ['?status=expired&sort_by=status&sort_order=asc', 100, 0],
    ['?offset=1000', 100, 1_000],
    ['?client_id=nobody', 100, 0],
    [`?client_id=${PAGE_GRANT.client_id}&resource=${PAGE_GRANT.resource}`, 100, 0],
  ])('the list %s, whether or not more comes after it', async (query, limit, offset) => {
    expect(await read(list, 'GET', GRANTS + query)).toMatchObject({ limit, offset });
  });

  it('every grant of a list, one by one', async () => {
    const { grants } = await read(list, 'GET', `${GRANTS}?status=all`);
    expect(grants.length).toBeGreaterThan(20);
    for (const one of grants) expect(await read(grant, 'GET', `${GRANTS}/${one.grant_id}`)).toEqual(one);
  });

  it.each([
    ['DELETE', `${GRANTS}/${PAGE_GRANT_ID}?include_consent=true`, undefined, 1, 1],
    ['DELETE', `${GRANTS}/${PAGE_GRANT_ID}`, undefined, 1, 0],
    ['POST', `${GRANTS}/revoke`, { grant_ids: [PAGE_GRANT_ID], include_consent: true }, 1, 1],
    ['POST', `${GRANTS}/revoke`, { client_id: PAGE_GRANT.client_id }, 1, 0],
    ['POST', `${GRANTS}/revoke`, { client_id: 'nobody' }, 0, 0],
  ])('what %s %s with %j answers', async (method, path, body, revoked_tokens, revoked_consents) => {
    const counts = { revoked_tokens, revoked_consents };
    expect(await read(revocation, method, path, body)).toEqual(counts);
    const nothing = { revoked_tokens: 0, revoked_consents: 0 };
    expect(await read(revocation, method, path, body)).toEqual(nothing);
  });
});

it('a fifth field of a page is only in answers to a cursor', async () => {
  const withCursor = list.extend({ next_cursor: z.string() });
  const { next_cursor } = await read(withCursor, 'GET', `${GRANTS}?limit=1&cursor=first`);
  await read(withCursor, 'GET', `${GRANTS}?limit=1&cursor=${next_cursor}`);
  await read(list, 'GET', `${GRANTS}?limit=1000&cursor=${next_cursor}`);
  await read(list, 'GET', `${GRANTS}?limit=1000&cursor=first`);
});
