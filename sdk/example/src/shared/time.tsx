const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From the largest: the unit that a stretch of time is told in, and how long one of it is. */
const UNITS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const exact = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });

/** How far a moment is from now, as people say it: "3 days ago", "tomorrow", "in 2 months". */
export function fromNow(moment: Date, now: Date): string {
  const distance = moment.getTime() - now.getTime();
  const [unit, length] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? [];
  return unit ? relative.format(Math.trunc(distance / length), unit) : 'just now';
}

/** A moment as its distance from now, with the exact time where one looks closer. */
export function When({ at }: { at: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={exact.format(moment)}>
      {fromNow(moment, new Date())}
    </time>
  );
}
