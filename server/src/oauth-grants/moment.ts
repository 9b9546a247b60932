import { Failure } from '../http/failure.ts';
import type { FieldFailure } from '../http/field-failures.ts';

/**
 * Reads a `date-time` of a request; undefined if it is not there.
 *
 * @param where the part of the request that it came in, for the error
 * @param now given if the moment must not be later than this
 * @throws Failure 400 for a moment that the format allows and the calendar does not (23:59:60), or one to come
 */
export function readMoment(
  where: FieldFailure['in'],
  name: string,
  moment: string | undefined,
  { now }: { now?: Date } = {},
): Date | undefined {
  if (moment === undefined) return undefined;
  const date = new Date(moment);
  const detail = Number.isNaN(date.getTime())
    ? 'is not a moment in the calendar'
    : now && date > now
      ? `must not be in the future; it is ${now.toISOString()} now`
      : undefined;
  if (detail === undefined) return date;
  const field = where === 'body' ? `/${name}` : name;
  throw new Failure('invalid-request', `${name} ${detail}.`, { fields: [{ in: where, field, detail }] });
}
