import type { components } from '../generated/oauth-grants.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import type { RevocationOptions, Revoked } from '../grants/revocation/batch.ts';
import type { Choice } from '../grants/revocation/by-filter.ts';
import { type Preview, previewRevocation } from '../grants/revocation/preview.ts';
import type { PreviewChanges } from '../grants/revocation/preview-changes.ts';
import { executePreview, type Refused } from '../grants/revocation/preview-execution.ts';
import type { GrantFilter } from '../grants/rows/grouping.ts';
import { encodeGrantId, type GrantIdentity, TEXT_VALUES } from '../grants/rows/identity.ts';
import type { Principal } from '../http/bearer.ts';
import { Failure } from '../http/failure.ts';
import { visibleGrants } from './access.ts';
import { type PreviewClaims, readPreviewToken, signPreviewToken } from './preview-token.ts';
import { writeGrant } from './wire.ts';

type WrittenPreview = components['schemas']['OAuthGrantRevocationPreview'];

/** Which grants a request is about: those that filters select, or those that it names by their ids. */
export type ChosenGrants = Choice & { identities?: GrantIdentity[] };

/** Previews a bulk revocation, and signs what executes it. */
export async function preview(
  model: GrantModel,
  { identities, ...selection }: ChosenGrants,
  principal: Principal,
  options: RevocationOptions,
): Promise<WrittenPreview> {
  const by_ids = identities !== undefined;
  const made = await previewRevocation(
    model,
    { ...selection, by_ids },
    { ...options, by: principal.user_id },
    identities,
  );
  const claims = { id: made.id, user_id: principal.user_id, visible: visibleGrants(principal) };
  return write(made, await signPreviewToken(model.collections, claims, made.expires_at));
}

function write({ grants, tokens, consents, sample, expires_at }: Preview, preview_token: string) {
  return {
    grants,
    tokens,
    consents,
    sample: sample.map(writeGrant),
    preview_token,
    expires_at: expires_at.toISOString(),
  };
}

/**
 * Executes the preview that a token names.
 *
 * @throws Failure 400 for a token that this user was not given, whether or not it is another's; 403 if the access token
 *   sees less than the one that the preview was made with; 409 if the grants have changed, or the preview was executed or
 *   is being executed; 410 if it has expired, or newer ones took its place
 */
export async function execute(
  model: GrantModel,
  token: string,
  principal: Principal,
  { id: request, ...options }: Pick<RevocationOptions, 'id' | 'asked' | 'now' | 'stopping'>,
): Promise<Revoked> {
  const claims = await readPreviewToken(model.collections, token, options.now);
  if (claims?.user_id !== principal.user_id) throw notYours();
  if (!isWithin(claims.visible, visibleGrants(principal))) throw seesLess();
  const outcome = await executePreview(model, claims.id, { ...options, request, by: principal.user_id });
  if ('refused' in outcome) {
    // An earlier attempt at this request had a part in it, and did not live to say so.
    if (outcome.refused === 'executed' && outcome.isOwn) return countsOf(outcome);
    throw refusal(outcome);
  }
  return outcome;
}

function countsOf({ revoked_tokens, revoked_consents }: Revoked): Revoked {
  return { revoked_tokens, revoked_consents };
}

/** Whether everything that was visible is visible still. */
function isWithin(before: PreviewClaims['visible'], now: GrantFilter): boolean {
  return TEXT_VALUES.every(
    (name) =>
      now[name] === undefined || now[name] === { client_id: undefined, resource: undefined, ...before }[name],
  );
}

function notYours(): Failure {
  const detail = 'is not one of yours; send it exactly as this API gave it to you';
  return new Failure(
    'invalid-request',
    'This preview_token was not given to you, or not like this. Nothing was changed.',
    {
      fields: [{ in: 'body', field: '/preview_token', detail }],
    },
  );
}

function seesLess(): Failure {
  return new Failure(
    'forbidden',
    'This access token sees fewer grants than the one that the preview was made with. Nothing was changed; ask for a new preview.',
  );
}

function refusal(outcome: Refused): Failure {
  switch (outcome.refused) {
    case 'expired':
      return new Failure(
        'preview-expired',
        'This preview has expired, or was replaced by newer ones. Ask for a new one.',
      );
    case 'executing':
      return new Failure(
        'preview-executing',
        'Another request is executing this preview. This one changed nothing; send it again after the time in Retry-After to hear how that ended.',
        { headers: RETRY_SOON },
      );
    // A 4xx would say that nothing was changed, and give an idempotency key back.
    case 'overtaken':
      return new Failure(
        'unavailable',
        'Another request has taken over the execution of this preview. Send the same request again after the time in Retry-After to hear how that ended.',
        { headers: RETRY_SOON },
      );
    case 'executed': {
      const { revoked_tokens, revoked_consents } = outcome;
      const counts = `${counted(revoked_tokens, 'token')} and ${counted(revoked_consents, 'consent')}`;
      return new Failure(
        'preview-executed',
        `This preview was executed before, and revoked ${counts}. This request changed nothing.`,
      );
    }
    case 'changed':
      return changed(outcome.changes);
  }
}

/** As often as the lease of an execution is renewed. */
const RETRY_SOON = { 'Retry-After': '5' };

function changed({ named, ...counts }: PreviewChanges): Failure {
  const { added, removed, other_status } = counts;
  const parts = [
    [added, `${counted(added, 'grant')} ${added === 1 ? 'was' : 'were'} added`],
    [removed, `${counted(removed, 'grant')} ${removed === 1 ? 'was' : 'were'} removed`],
    [other_status, `${counted(other_status, 'grant')} got another status`],
  ] as const;
  const said = parts.flatMap(([count, text]) => (count > 0 ? [text] : [])).join(', ');
  const members = {
    changes: { ...counts, grant_ids: named.map(encodeGrantId) },
  } satisfies Partial<components['schemas']['Problem']>;
  const detail = `Since the preview, ${said}. Nothing was changed; ask for a new preview.`;
  return new Failure('preview-changed', detail, { members });
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
