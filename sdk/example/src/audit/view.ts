import type { AuditEventsQuery } from '@grantkeeper/sdk';
import { oneOf, searchWith, useAddress } from '../shared/address.ts';

export const ACTIONS = ['revoke', 'suspend', 'restore', 'purge'] as const;
export const FIELDS = ['user_id', 'client_id', 'from', 'to'] as const;
const PAGE_SIZE = 25;

export type Field = (typeof FIELDS)[number];

/**
 * What the events are narrowed to. `from` and `to` are days of the visitor's calendar, such as 2026-04-01, both included.
 * What is not set is not there.
 */
export type View = Partial<Record<Field | 'grant_id', string>> & {
  action?: (typeof ACTIONS)[number] | undefined;
};

/** What an address asks for. What it says wrongly is as if it did not. */
export function readView(search: string): View {
  const params = new URLSearchParams(search);
  const said = (['user_id', 'client_id', 'grant_id', 'from', 'to'] as const).flatMap((name) => {
    const value = params.get(name)?.trim();
    const isText = name !== 'from' && name !== 'to';
    return value && (isText || isDay(value)) ? [[name, value]] : [];
  });
  const action = oneOf(ACTIONS, params.get('action'));
  return { ...Object.fromEntries(said), ...(action && { action }) };
}

/** Whether a text is a day of the calendar, from the year 100 on: a year of two digits is one that was cut short. */
export function isDay(text: string): boolean {
  return startOf(text) !== undefined;
}

/** The address that asks for a view; what else is in the address stays. */
export function addressOf(view: View, search = location.search): string {
  const { action, grant_id, user_id, client_id, from, to } = view;
  return searchWith({ action, grant_id, user_id, client_id, from, to }, search);
}

/** The query that gets a view. */
export function queryOf({ from, to, ...filters }: View): AuditEventsQuery {
  const [first, end] = [from && startOf(from), to && startOf(to, 1)];
  return {
    ...filters,
    ...(first && { from: first.toISOString() }),
    ...(end && { to: end.toISOString() }),
    limit: PAGE_SIZE,
  };
}

/** The view that the address asks for, and a way to another. */
export function useView(): [view: View, change: (change: Partial<View>) => void] {
  const [view, go] = useAddress(readView);
  return [view, (change) => go(addressOf({ ...view, ...change }))];
}

/** The moment at which a day begins where the visitor is, or so many days later; undefined for what is not a day. */
function startOf(day: string, later = 0): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)?.map(Number) ?? [];
  if (!year || !month || !date) return undefined;
  const start = new Date(year, month - 1, date);
  // The calendar would make the 1st of March of a 30th of February.
  if (start.getFullYear() !== year || start.getMonth() !== month - 1) return undefined;
  start.setDate(date + later);
  return start;
}
