import type { GrantModel } from '../read-model/model.ts';
import { type DeletedRows, type PurgeOptions, purge } from '../read-model/purge.ts';
import { positionOf } from './entries.ts';
import { expiryOf, recorded } from './record.ts';

/**
 * Purges as `purge` does, and writes an event of it, with an entry for each account that lost rows. A purge that deletes
 * nothing leaves none.
 *
 * @returns how many rows it deleted, or would delete
 */
export function recordedPurge(model: GrantModel, options: PurgeOptions): Promise<number> {
  if (options.dryRun) return purge(model, options);
  const [id, at] = [model.newId(), model.clock()];
  const event = { id, at, action: 'purge', reason: 'retention', ...BY_COMMAND } as const;
  const { entries } = model.store;
  const counted = async (deleted: DeletedRows[]) => {
    for (const { account_id, rows } of deleted) {
      const entry = {
        event_id: id,
        action: 'purge',
        position: positionOf({ _id: id, at }),
        account_id,
        revoked_tokens: 0,
        revoked_consents: 0,
        expire_at: expiryOf(model, at),
      } as const;
      await entries.updateOne(
        { _id: { event: id, account: account_id } },
        { $setOnInsert: { ...entry, ...NOBODY }, $inc: { deleted_tokens: rows } },
        { upsert: true },
      );
    }
  };
  return recorded(model, event, () => purge(model, { ...options, onDeleting: counted }));
}

const BY_COMMAND = {
  by: { user_id: null, client_id: null },
  request_id: null,
  operation: 'purge',
  include_consent: false,
} as const;

/** The rows of many. */
const NOBODY = { project_id: '', user_id: '', client_id: '' };
