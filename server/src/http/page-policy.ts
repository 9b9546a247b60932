import helmet from 'helmet';

type Middleware = ReturnType<typeof helmet.contentSecurityPolicy>;
type Directives = NonNullable<NonNullable<Parameters<typeof helmet.contentSecurityPolicy>[0]>['directives']>;

/** Pages load only their own files, call only this server, and send no forms. */
const STRICT: Directives = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  formAction: ["'none'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * Sets the Content-Security-Policy of pages.
 *
 * @param changes directives that differ from the strict ones
 */
export function pagePolicy(changes: Directives = {}): Middleware {
  return helmet.contentSecurityPolicy({ useDefaults: false, directives: { ...STRICT, ...changes } });
}
