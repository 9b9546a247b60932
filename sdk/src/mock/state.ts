import type {
  MeGrant,
  MyAccountGrant,
  OAuthGrant,
  OAuthGrantAuditEvent,
  OAuthGrantRevokeResponse,
  OAuthGrantStatus,
  UserConsentScopes,
  UserConsentScopesAssignment,
} from '../generated/types.gen.ts';
import type { Caller } from './caller.ts';

/** What the mock holds. It may be changed at any time: the next call sees it. */
export interface MockData {
  /** Of all people. Each keeps the status that it has here until it is revoked; one that is suspended says until when. */
  grants: OAuthGrant[];
  /** What the signed-in person allowed, as Me grants shows it. */
  meGrants: MeGrant[];
  /** The same consents, by the same ids, as My account grants shows them. */
  accountGrants: MyAccountGrant[];
  /** The newest first. */
  auditEvents: OAuthGrantAuditEvent[];
  /** The verification records of the signed-in person that are accepted. */
  verificationIds: string[];
  /** Every scope that there is to assign. */
  scopes: UserConsentScopes;
  /** An application's id to the ids of the scopes that it may ask people for. */
  applications: Record<string, Required<Assignment>>;
}

type Assignment = {
  [Name in keyof UserConsentScopesAssignment]: NonNullable<UserConsentScopesAssignment[Name]>;
};

/** A preview of a bulk revocation, and what came of it. */
export interface Preview {
  token: string;
  caller: Caller;
  include_consent: boolean;
  /** What a revocation by filters asked for. */
  filter?: OAuthGrantAuditEvent['filter'];
  /** Finds the grants of the same selection, as they are now. */
  choose: () => OAuthGrant[];
  /** The grants that it found then, by their ids. */
  found: Map<string, OAuthGrantStatus>;
  /** Milliseconds since 1970. */
  expires_at: number;
  executed?: OAuthGrantRevokeResponse;
}

/** What the mock holds, and what it remembers. */
export interface State {
  data: MockData;
  /** By the id of the consent. */
  revokedConsents: Set<string>;
  /** Who suspended a grant, by its id. */
  suspensions: Map<string, Caller>;
  /** All grants of an event, by its id: the event itself names ten. */
  grantIds: Map<string, string[]>;
  /** The oldest first. */
  previews: Preview[];
  /** What was asked for and what came of it, as JSON, by the caller and the idempotency key. */
  kept: Map<string, { request: string; result: string }>;
}

export function newState(data: MockData): State {
  return {
    data,
    revokedConsents: new Set(),
    suspensions: new Map(),
    grantIds: new Map(),
    previews: [],
    kept: new Map(),
  };
}
