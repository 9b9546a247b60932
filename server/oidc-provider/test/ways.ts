import { expect } from 'vitest';
import { PAGE_GRANT } from '../../test/rows.ts';
import type { Service } from '../../test/service.ts';
import { type AuthorizationServer, CLIENT, PERSON } from './authorization-server.ts';

const { account_id } = PAGE_GRANT;
export const admin = { sub: 'admin', account_id, permissions: ['account:admin'] };
export const person = { sub: PERSON, account_id, scope: 'openid urn:logto:scope:sessions' };

export async function grantsOf(service: Service) {
  const { body } = await service.ask('GET', '/api/v1/oauth-grants?status=all', { as: admin });
  return body.grants;
}

export type Way = [name: string, revoke: () => Promise<{ status: number }>];

/** Every operation that revokes, of the three documents that have one, on a service with one grant of one person. */
export function waysToRevoke(service: Service): Way[] {
  const inBulk = (body: object) => service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body });
  const byId = async (query: string) => {
    const [{ grant_id }] = await grantsOf(service);
    return service.ask('DELETE', `/api/v1/oauth-grants/${grant_id}${query}`, { as: admin });
  };
  const verified = async () => {
    const record = {
      user_id: PERSON,
      type: 'Password',
      verified: true,
      expires_at: new Date(service.now.getTime() + 60_000),
    };
    await service.store.verificationRecords.updateOne({ _id: 'now' }, { $set: record }, { upsert: true });
    return { as: person, headers: { 'logto-verification-id': 'now' } };
  };
  return [
    ['by its id', () => byId('')],
    ['by its id, with the consent', () => byId('?include_consent=true')],
    ['by ids', async () => inBulk({ grant_ids: [(await grantsOf(service))[0].grant_id] })],
    ['by a filter', () => inBulk({ client_id: CLIENT })],
    ['by a filter, with consents', () => inBulk({ client_id: CLIENT, include_consent: true })],
    [
      'in Me grants',
      async () => {
        const { body } = await service.ask('GET', '/v1/me/grants', { as: person });
        return service.ask('DELETE', `/v1/me/grants/${body.data[0]?.id}`, { as: person });
      },
    ],
    [
      'in My account grants',
      async () => {
        const asking = await verified();
        const { body } = await service.ask('GET', '/api/my-account/grants', asking);
        return service.ask('DELETE', `/api/my-account/grants/${body.grants[0]?.id}`, asking);
      },
    ],
  ];
}

/** Suspends the one grant of a service, or restores it. */
export async function change(service: Service, how: 'suspend' | 'restore'): Promise<number> {
  const [{ grant_id }] = await grantsOf(service);
  return (await service.ask('POST', `/api/v1/oauth-grants/${grant_id}/${how}`, { as: admin })).status;
}

/** Refreshes a token until it is refused, while its grant is revoked: so many rounds of each way. */
export async function raceEveryWay(
  service: Service,
  server: AuthorizationServer,
  rounds: number,
): Promise<void> {
  for (const [name, revoke] of waysToRevoke(service)) {
    for (let round = 0; round < rounds; round += 1) {
      await service.empty();
      let { refresh_token } = await server.signIn();
      await grantsOf(service);
      const revoked = revoke();
      for (let refreshes = 0; refresh_token; refreshes += 1) {
        refresh_token = (await server.refresh(refresh_token).catch(refused))?.refresh_token;
        if (refreshes > 200) throw new Error(`${name}: it is refreshed for ever`);
      }
      expect((await revoked).status, name).toBeLessThan(300);
      expect(await service.store.refreshTokens.countDocuments({ revoked_at: null }), name).toBe(0);
    }
  }
}

/** Any other failure is one of the test. */
export function refused(error: { error?: string }): undefined {
  if (error.error !== 'invalid_grant') throw error;
}
