import type { Logger } from 'pino';
import type { Collections } from '../../database/collections.ts';
import type { Store } from '../rows/store.ts';
import type { AccountVersions } from './accounts.ts';

/** What every step of the read model works with. */
export interface ModelContext {
  readonly collections: Collections;
  readonly store: Store;
  /** Decides what has expired. */
  readonly clock: () => Date;
  /** Returns claims, marks and versions: never the same one twice. */
  readonly newId: () => string;
  readonly versions: AccountVersions;
  /** How many grants are grouped, written or revoked at once. */
  readonly batchSize: number;
  /** How many rows a list takes in while it waits; more are a backlog. */
  readonly lookLimit: number;
  /** How long audit events are kept, in days. */
  readonly auditDays: number;
  /** How long a suspended grant can be restored, in days. */
  readonly suspensionDays: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}
