import type { JWTPayload } from 'jose';
import type { Service } from '../service.ts';
import { admin } from './lists.ts';

/** What tests ask of previews, and see of the store. */
export function previewing(service: Service) {
  const revoke = (body: object, as: JWTPayload = admin) =>
    service.ask('POST', '/api/v1/oauth-grants/revoke', { as, body });
  return {
    revoke,
    preview: (body: object, as?: JWTPayload) => revoke({ dry_run: true, ...body }, as),
    execute: (preview_token: string, as?: JWTPayload) => revoke({ preview_token }, as),
    unrevoked: async () => ({
      tokens: await service.store.refreshTokens.countDocuments({ revoked_at: null }),
      consents: await service.store.consents.countDocuments({ revoked_at: null }),
    }),
    /** All that other programs see of the rows. */
    snapshot: async () => {
      const ours = { grouped: 0, grant_hash: 0 };
      const rows = await service.store.refreshTokens.find({}, ours).sort({ _id: 1 }).lean();
      return { rows, consents: await service.store.consents.find({}, ours).sort({ _id: 1 }).lean() };
    },
  };
}
