import type { Call } from './history.ts';
import { verificationOf } from './world.ts';

/** What a request is made of. */
export interface Draft {
  method: 'DELETE' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

/** The request of a call. */
export function draftOf({ kind, selection, preview }: Pick<Call, 'kind' | 'selection' | 'preview'>): Draft {
  const revoke = { method: 'POST', path: '/api/v1/oauth-grants/revoke' } as const;
  if (preview) {
    const { preview_token }: { preview_token?: string } = Object(preview.told.body);
    return { ...revoke, body: { preview_token } };
  }
  if ('consent_id' in selection) {
    const { consent_id, user_id } = selection;
    if (kind === 'me') return { method: 'DELETE', path: `/v1/me/grants/${consent_id}` };
    const headers = { 'logto-verification-id': verificationOf(user_id) };
    return { method: 'DELETE', path: `/api/my-account/grants/${consent_id}`, headers };
  }
  const { include_consent } = selection;
  if ((kind === 'suspend' || kind === 'restore') && 'grant_ids' in selection) {
    return { method: 'POST', path: `/api/v1/oauth-grants/${selection.grant_ids[0]}/${kind}` };
  }
  if (kind === 'one' && 'grant_ids' in selection) {
    const path = `/api/v1/oauth-grants/${selection.grant_ids[0]}?include_consent=${include_consent}`;
    return { method: 'DELETE', path };
  }
  const which =
    'filter' in selection
      ? { ...selection.filter, status: selection.status }
      : { grant_ids: selection.grant_ids };
  return { ...revoke, body: { ...which, include_consent, ...(kind === 'preview' && { dry_run: true }) } };
}
