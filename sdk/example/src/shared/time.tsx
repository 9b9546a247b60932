const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From the largest: the unit that a stretch of time is told in, and how long one of it is. */
const UNITS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const;

/** A day is told by its name, "yesterday"; a month or a year is not: "last month" may have been yesterday. */
const named = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const counted = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });

/** How far a moment is from now, as people say it: "3 days ago", "tomorrow", "in 2 months". */
export function fromNow(moment: Date, now: Date): string {
  const distance = moment.getTime() - now.getTime();
  const [unit, length] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? [];
  if (!unit) return 'just now';
  return (unit === 'day' ? named : counted).format(Math.trunc(distance / length), unit);
}

/** A moment to the minute, where the visitor is. */
export function exactly(at: string): string {
  return exact.format(new Date(at));
}

/** A moment as its distance from now, with the exact time where one looks closer. */
export function When({ at }: { at: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={exactly(at)}>
      {fromNow(moment, new Date())}
    </time>
  );
}
