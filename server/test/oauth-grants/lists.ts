import type { JWTPayload } from 'jose';
import { expect } from 'vitest';
import { PAGE_GRANT, tokenRow } from '../rows.ts';
import type { Answer, Service } from '../service.ts';

export type Query = Record<string, string | number | undefined>;

export const admin = {
  sub: 'admin',
  account_id: PAGE_GRANT.account_id,
  permissions: ['account:admin'],
};

/** Some days after the service's now. */
export const day = ({ now }: Service, days: number) => new Date(now.getTime() + days * 86_400_000);

/** Grants of every status: many are alike in what lists sort by, and many lack it. */
export async function fill(service: Service): Promise<void> {
  const names = ['Zoë', 'zoe', 'Ada'];
  await service.store.users.insertMany(names.map((name, index) => ({ _id: `u${index}`, name })));
  await service.store.refreshTokens.insertMany(
    Array.from({ length: 24 }, (_, index) =>
      tokenRow({
        _id: `t${index}`,
        client_id: `c${index % 3}`,
        user_id: `u${index % 5}`,
        project_id: `p${index % 2}`,
        resource: `https://${index % 4}.example/`,
        scope: [`s${index}`],
        created_at: day(service, -10 - (index % 4)),
        last_used_at: index % 3 === 0 ? null : day(service, -2 - (index % 2)),
        expires_at: index % 8 < 3 ? day(service, -1) : index % 8 === 3 ? null : day(service, 1 + (index % 2)),
        revoked_at: index % 8 === 7 || index % 8 === 2 ? day(service, -1) : null,
      }),
    ),
  );
}

/** Asks for a list. */
export function ask(service: Service, query: Query, as: JWTPayload = admin): Promise<Answer> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, `${value}`);
  return service.ask('GET', `/api/v1/oauth-grants?${search}`, { as });
}

/** A page of a list that is there. */
export async function page(service: Service, query: Query): Promise<Answer['body']> {
  const { status, body } = await ask(service, query);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}
