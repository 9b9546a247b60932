import type { RefreshTokenRow } from '../../server/src/database/collections.ts';
import type { Fault } from './breaking.ts';
import type { Manner, PlannedCall, Selection } from './calls.ts';
import type { Receipt } from './receiver.ts';
import type { World } from './world.ts';

/** What a caller was told in the end. */
export interface Told {
  /** Undefined if no answer came. */
  status: number | undefined;
  /** Which error it was, as its document names it. */
  code: string | undefined;
  body: unknown;
}

/** A call that was made. Times are milliseconds of one clock. */
export interface Call {
  id: string;
  user_id: string;
  kind: PlannedCall['kind'] | 'execution' | 'restore';
  selection: Selection;
  manner: Manner;
  hasKey: boolean;
  /** When it was first sent, and when its last attempt was. */
  begun: number;
  lastBegun: number;
  attempts: number;
  /** Of every answer that it got. */
  statuses: number[];
  /** The `X-Request-Id` of its last attempt. */
  request_id: string | undefined;
  ended: number;
  told: Told;
  /** Of an execution: the preview's own call. */
  preview?: Call;
  /** Of an execution: a token of another grant, which was issued after the preview. */
  intruder?: string;
  /** What a repetition with the same key was told once all was over. */
  replayed?: Told & { isReplay: boolean };
}

/** A token that another program issued during the run. */
export interface Issued {
  row: RefreshTokenRow;
  begun: number;
  /** When the database said that it is stored; undefined if it never said so. */
  acknowledged: number | undefined;
}

/** Everything that was asked for, and what was answered. */
export interface History {
  world: World;
  calls: Call[];
  issued: Issued[];
  /** What receivers of webhooks got, in the order in which each answered. */
  receipts: Receipt[];
  faults: Fault[];
  /** Processes that ended though nobody killed them. */
  crashes: string[];
}

export function isSuccess({ told: { status } }: Pick<Call, 'told'>): boolean {
  return status === 200 || status === 204;
}

/** Whether the caller cannot know what became of the call. */
export function isOpen({ told: { status, code } }: Pick<Call, 'told'>): boolean {
  if (status === undefined || status >= 500) return true;
  return status === 409 && (code === 'preview-executing' || /idempotency.key.in.use/.test(code ?? ''));
}
