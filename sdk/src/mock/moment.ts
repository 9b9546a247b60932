/** Why a text is not a moment; undefined if it is one. */
export function momentFault(text: string): string | undefined {
  const [, day] = DATE_TIME.exec(text) ?? [];
  if (day === undefined) return NO_DATE_TIME;
  // `Date` takes the 30th of February for the 2nd of March.
  const isInCalendar = !Number.isNaN(Date.parse(text)) && new Date(day).toISOString().startsWith(day);
  return isInCalendar ? undefined : 'is not a moment in the calendar';
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

const NO_DATE_TIME =
  'must be a date and time such as 2026-05-01T00:00:00Z or 2026-05-01T02:00:00+02:00; in an address, + is written %2B';
