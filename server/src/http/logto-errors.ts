import type { components } from '../generated/user-consent-scopes.ts';
import type { ErrorFormat } from './errors.ts';
import { Failure, type FailureReason } from './failure.ts';

type LogtoError = components['schemas']['LogtoError'];

/** A failure for which Logto has its own code. */
export class LogtoFailure extends Failure {
  readonly code: string;
  readonly data: Record<string, unknown> | undefined;

  /** @param data what programs need to know about it; published */
  constructor(reason: FailureReason, code: string, message: string, data?: Record<string, unknown>) {
    super(reason, message);
    this.code = code;
    this.data = data;
  }
}

/** The errors of the two documents that Logto publishes: `{ code, message, data?, details? }`. */
export const logtoErrors: ErrorFormat = {
  contentType: 'application/json',
  body(failure): LogtoError {
    const { message } = failure;
    if (failure instanceof LogtoFailure) {
      const { code, data } = failure;
      return { code, message, ...(data ? { data } : {}) };
    }
    // Logto has no such errors, and so no codes for them.
    if (failure.reason.includes('idempotency') || failure.reason === 'too-many-requests') {
      return { code: `request.${failure.reason.replaceAll('-', '_')}`, message };
    }
    if (failure.fields.length > 0) return guardError(failure);
    switch (failure.reason) {
      case 'token-missing':
        return { code: 'auth.authorization_header_missing', message: 'Authorization header is missing.' };
      case 'token-unsupported':
        return {
          code: 'auth.authorization_token_type_not_supported',
          message: 'Authorization type is not supported.',
          data: { supportedTypes: ['Bearer'] },
        };
      case 'token-invalid':
        return { code: 'auth.unauthorized', message };
      case 'forbidden':
        return { code: 'auth.forbidden', message };
      case 'grant-not-found':
        return { code: 'oidc.invalid_grant', message };
      case 'internal-error':
        return { message: 'Internal server error.' };
      default:
        return { message };
    }
  },
};

/** Logto's guard: one line in `details` per invalid field. */
function guardError({ fields }: Failure): LogtoError {
  const places = [...new Set(fields.map((field) => field.in))];
  const lines = fields.map(({ field, detail }) => {
    const path = field.replace(/^\//, '').replaceAll('/', '.');
    return `Error in key path "${path}": ${detail}`;
  });
  return {
    code: 'guard.invalid_input',
    message: `The request ${places.join(' and ')} is invalid.`,
    details: lines.join('\n'),
  };
}
