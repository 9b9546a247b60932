import type { components } from '../generated/oauth-grants.ts';
import type { ErrorFormat } from './errors.ts';
import { failureName } from './failure.ts';

type Problem = components['schemas']['Problem'];

/** Problem details (RFC 9457): the errors of the OAuth Grants document, and of paths that are in no document. */
export const problemDetails: ErrorFormat = {
  contentType: 'application/problem+json',
  body(failure, requestId): Problem {
    const name = failureName(failure);
    return {
      type: `urn:grantkeeper:problem:${name}`,
      title: name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' '),
      status: failure.status,
      detail: failure.message,
      request_id: requestId,
      ...(failure.fields.length > 0 ? { errors: failure.fields } : {}),
      ...failure.members,
    };
  },
};
