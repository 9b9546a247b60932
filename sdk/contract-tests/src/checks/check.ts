import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { DocumentName } from '../documents.ts';
import type { KnownValues } from '../requests/known-values.ts';

/** A value that nothing on a server has. */
export const NOBODY = 'contract-tests:nobody';
/** A moment that nothing was at. */
export const FUTURE = '2999-01-01T00:00:00Z';

/** What a check may use beyond its client. */
export interface CheckContext {
  client: Client;
  known: KnownValues;
  /** An account admin's token of another account, or another person's; undefined if none was given. */
  otherToken: string | undefined;
  /** What workflows name as inputs, tokens among them. */
  inputs: Record<string, string>;
  /** Tokens that see only a part of the account: a member's, and a project admin's. */
  memberToken: string | undefined;
  projectAdminToken: string | undefined;
}

/** A rule of a document that no single answer shows. */
export interface Check {
  document: DocumentName;
  /** The rule, as a sentence without its end. */
  name: string;
  /** Whether it changes data: it runs after the workflows, if writes are allowed. By default it only reads. */
  writes?: boolean;
  run(test: Case, context: CheckContext): Promise<void>;
}
