import { Failure } from '../http/failure.ts';
import type { FieldFailure } from '../http/field-failures.ts';

/** RFC 3339, section 5.6: the validator takes hours up to 29, and offsets that `Date` does not read. */
const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/**
 * Reads a `date-time` of a request; undefined if it is not there.
 *
 * @param where the part of the request that it came in, for the error
 * @param now given if the moment must not be later than this
 * @throws Failure 400 for a moment that the calendar does not have (23:59:60, the 30th of February), or one to come
 */
export function readMoment(
  where: FieldFailure['in'],
  name: string,
  moment: string | undefined,
  { now }: { now?: Date } = {},
): Date | undefined {
  if (moment === undefined) return undefined;
  const date = new Date(moment);
  const detail = !isInCalendar(moment)
    ? 'is not a moment in the calendar'
    : now && date > now
      ? `must not be in the future; it is ${now.toISOString()} now`
      : undefined;
  if (detail === undefined) return date;
  const field = where === 'body' ? `/${name}` : name;
  throw new Failure('invalid-request', `${field} ${detail}.`, { fields: [{ in: where, field, detail }] });
}

function isInCalendar(moment: string): boolean {
  const [, day] = DATE_TIME.exec(moment) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(moment))) return false;
  // `Date` takes the 30th of February for the 2nd of March.
  return new Date(day).toISOString().startsWith(day);
}
