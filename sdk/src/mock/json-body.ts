import type { Call } from './call.ts';

/** The operations that take a body. */
type WithBody = 'assignUserConsentScopes' | 'revokeOAuthGrants' | 'searchOAuthGrants';

/** The JSON object that a call sends; throws the 400 or the 415 where it sends none. */
export function bodyOf(call: Call<WithBody>): Record<string, unknown> {
  const { body, headers } = call;
  const whole = { in: 'body', field: '' } as const;
  if (body === undefined) throw call.invalid({ ...whole, detail: 'is missing' });
  const type = headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw call.refuse(415, 'unsupported_media_type');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw call.invalid({ ...whole, detail: 'must be object' });
  }
  return { ...body };
}
