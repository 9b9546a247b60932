import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import type { GrantStatus } from '../rows/grouping.ts';
import type { GrantIdentity } from '../rows/identity.ts';
import type { Choice } from './by-filter.ts';

/** A preview of a bulk revocation, and how far its execution got. */
export interface StoredPreview extends Selection {
  _id: string;
  /** The user who asked for it. */
  by: string;
  include_consent: boolean;
  /** How many documents its set has. */
  chunks: number;
  expires_at: Date;
  /** Which request is executing it, and until when unless it renews; by the database's clock. */
  lease?: { holder: string; until: Date };
  /** Set once the grants were found unchanged: from then on they are being revoked. */
  begun_at: Date | null;
  /** The requests that took part in that. */
  begun_by?: string[];
  executed_at: Date | null;
  revoked_tokens: number;
  revoked_consents: number;
  /** When it was made, or last claimed, by the database's clock. */
  kept_from: Date;
}

/** Which grants a preview is of. */
export interface Selection extends Choice {
  /** Whether the grants were chosen by their ids: then the set says which they are. */
  by_ids: boolean;
}

/** A grant in a preview. */
export interface PreviewedGrant {
  identity: GrantIdentity;
  grant_hash: bigint;
  /** A grant between two tokens counts as active: rotating one changes nothing. */
  status: GrantStatus;
  /** Revoked with the others, and not counted: a list shows another status, because it is between two tokens. */
  is_uncounted?: boolean;
}

/** Some of the grants of a preview, in the order of `compareGrants`. */
export interface PreviewChunk {
  _id: { preview: string; index: number };
  grants: PreviewedGrant[];
  /** Whether they were revoked. */
  done?: boolean;
  kept_from: Date;
}

export interface PreviewStore {
  previews: mongo.Collection<StoredPreview>;
  chunks: mongo.Collection<PreviewChunk>;
}

/** The collections of previews, as the driver's own. */
export function previewStoreOf({ revocationPreviews: { db } }: Collections): PreviewStore {
  return {
    previews: db.collection('revocation_previews'),
    chunks: db.collection('revocation_preview_sets'),
  };
}

/** Filter: the chunks of one preview, found by their `_id`, in which the preview comes first. */
export function chunksOf(preview: string): mongo.Filter<PreviewChunk> {
  return { _id: { $gte: { preview, index: 0 }, $lte: { preview, index: Number.MAX_SAFE_INTEGER } } };
}
