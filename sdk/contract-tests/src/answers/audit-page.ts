import { isObject, jsonOf, linesOf, type RawResponse } from '../exchange.ts';
import type { Reading } from '../requests/reading.ts';
import { type Claims, visibleTo } from './grant-page.ts';
import { valuesIn } from './grant-values.ts';

const DEFAULT_LIMIT = 50;
/** Filters on the parties of a grant, which its id names. */
const PARTIES = ['user_id', 'client_id'];

type Event = Record<string, unknown>;

/**
 * What is wrong with a page of audit events beyond its schema: how many there are, their order, filters and numbers.
 *
 * @param claims those of the token; undefined if they are not known
 */
export function auditFaults(
  { operation, verdict, query }: Reading,
  response: RawResponse,
  claims: Claims | undefined,
): string[] {
  const isList = operation?.operationId === 'listOAuthGrantAuditEvents' && response.status === 200;
  if (!isList || verdict !== 'allowed') return [];
  const events = eventsIn(response);
  const found =
    events.length > Number(query.get('limit') ?? DEFAULT_LIMIT) ? ['more events than the limit'] : [];
  const times = events.map(({ at }) => Date.parse(String(at)));
  if (times.some((time, index) => time > (times[index - 1] ?? time)))
    found.push('an event that is newer than the one before');
  const ignored = [...query].filter(([name, value]) => events.some((event) => isAgainst(event, name, value)));
  const visible = claims && { ...visibleTo(claims), account_id: claims.account_id };
  return [
    ...found,
    ...ignored.map(([name]) => `events that ignore the filter ${name}`),
    ...new Set(events.flatMap(numberFaults)),
    ...(visible ? visibilityFaults(events, visible) : []),
  ];
}

/** The grants whose ids an event shows. */
export function grantsIn({ grant_ids }: Event): Record<string, unknown>[] {
  const ids = [grant_ids].flat().filter((one) => typeof one === 'string');
  return ids.map((id) => ({ ...valuesIn(id), grant_id: id }));
}

function eventsIn({ headers, body }: RawResponse): Event[] {
  if (headers.get('content-type')?.startsWith('application/x-ndjson')) return linesOf(body).filter(isObject);
  const page = jsonOf(body);
  return isObject(page) && Array.isArray(page.events) ? page.events.filter(isObject) : [];
}

/** Whether an event does not match a filter, beyond doubt: of many grants it shows some. */
function isAgainst(event: Event, name: string, value: string): boolean {
  const at = Date.parse(String(event.at));
  if (name === 'action') return event.action !== value;
  if (name === 'from') return at < Date.parse(value);
  if (name === 'to') return at >= Date.parse(value);
  if (![...PARTIES, 'grant_id'].includes(name)) return false;
  const grants = grantsIn(event);
  const showsAll = grants.length > 0 && grants.length === event.grants && event.revoked_consents === 0;
  return showsAll && grants.every((grant) => grant[name] !== value);
}

/** What the numbers of an event say against each other. */
function numberFaults(event: Event): string[] {
  const { action, revoked_consents, include_consent, reason } = event;
  const [grants, tokens] = [Number(event.grants), Number(event.revoked_tokens)];
  const ids = [event.grant_ids ?? []].flat();
  const found = ids.length > grants ? ['an event with more grant_ids than grants'] : [];
  if (new Set(ids).size < ids.length) found.push('an event that shows a grant twice');
  if (action === 'revoke' && grants > tokens)
    found.push('an event with more grants than tokens that they lost');
  if (action === 'revoke' && grants === 0 && tokens > 0) found.push('an event with tokens of no grant');
  if (action === 'revoke' && tokens + Number(revoked_consents) === 0)
    found.push('a revocation that changed nothing');
  if (action !== 'revoke' && (tokens > 0 || Number(revoked_consents) > 0))
    found.push(`a ${action} that revoked something`);
  if (include_consent === false && Number(revoked_consents) > 0)
    found.push('an event with consents that were not to be revoked');
  if ((action === 'purge') !== (reason === 'retention')) found.push(`a ${action} for ${reason}`);
  if (action !== 'purge' && Number(event.deleted_tokens ?? 0) > 0)
    found.push(`a ${action} that deleted tokens`);
  return found;
}

function visibilityFaults(events: Event[], visible: Record<string, unknown>): string[] {
  const found = events.some((event) =>
    grantsIn(event).some((grant) => Object.entries(visible).some(([name, value]) => grant[name] !== value)),
  )
    ? ['a grant in grant_ids that the caller does not see']
    : [];
  const isPart = Object.keys(visible).length > 1;
  const hasPurge = isPart && events.some(({ action }) => action === 'purge');
  return hasPurge ? [...found, 'a purge, which is for account admins'] : found;
}
