import { grantsIn } from '../answers/audit-page.ts';
import type { Operation } from '../documents.ts';
import type { AuditEvent } from './audit-events.ts';
import { NOBODY } from './check.ts';

export interface FilterValue {
  name: string;
  value: string;
}

/** How many values of one filter are tried. */
const MAX_VALUES = 3;

/**
 * Whether an event shows every grant that it changed; not if it changed none, as for a consent without tokens, nor if it
 * revoked consents, which may be those of other grants that were revoked before.
 */
export function showsAll(event: AuditEvent): boolean {
  const shown = grantsIn(event).length;
  const mayHaveOthers = event.revoked_consents !== 0 && event.operation !== 'revokeOAuthGrant';
  return shown > 0 && shown === event.grants && !mayHaveOthers;
}

/** Whether an event matches a filter: `unclear` where it does not show all its grants. */
export function matches(event: AuditEvent, { name, value }: FilterValue): 'yes' | 'no' | 'unclear' {
  const answer = (isMatch: boolean) => (isMatch ? 'yes' : 'no');
  const at = Date.parse(String(event.at));
  if (name === 'action') return answer(event.action === value);
  if (name === 'from') return answer(at >= Date.parse(value));
  if (name === 'to') return answer(at < Date.parse(value));
  const grants = grantsIn(event);
  if (grants.some((grant) => grant[name] === value)) return 'yes';
  return showsAll(event) ? 'no' : 'unclear';
}

/** Values for each filter of the list of audit events: such as its events have, and such as none has. */
export function filterValues({ parameters = [] }: Operation, events: AuditEvent[]): FilterValue[] {
  const filters = parameters.filter((one) => one.in === 'query' && !['limit', 'cursor'].includes(one.name));
  return filters.flatMap(({ name, schema }) => {
    const values = schema.enum?.map(String) ?? valuesOf(name, events);
    return values.map((value) => ({ name, value }));
  });
}

function valuesOf(name: string, events: AuditEvent[]): string[] {
  // The moment of an event in the middle parts the others.
  if (['from', 'to'].includes(name)) return textsIn(events[Math.floor(events.length / 2)]?.at);
  const shown = textsIn(events.flatMap(grantsIn).map((grant) => grant[name]));
  const some = [...new Set(shown)].slice(0, MAX_VALUES);
  return name === 'grant_id' ? some : [...some, NOBODY];
}

function textsIn(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}
