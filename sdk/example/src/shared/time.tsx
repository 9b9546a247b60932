import { useSyncExternalStore } from 'react';

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
  const amount = Math.trunc(distance / length);
  if (unit !== 'day' || Math.abs(amount) > 1) return counted.format(amount, unit);
  // “Yesterday” is a day of the calendar: 25 hours ago may be two of them.
  return named.format(daysBetween(now, moment) || amount, unit);
}

/** How many midnights are between two moments where the visitor is; a day of the calendar may have 23 or 25 hours. */
function daysBetween(from: Date, to: Date): number {
  const [start, end] = [from, to].map((at) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()));
  return ((end ?? 0) - (start ?? 0)) / DAY;
}

/** A moment to the minute, where the visitor is. */
export function exactly(at: string): string {
  return exact.format(new Date(at));
}

/** A moment as its distance from now, minute by minute, with the exact time where one looks closer. */
export function When({ at }: { at: string }) {
  useSyncExternalStore(subscribe, () => ticks);
  return (
    <time dateTime={at} title={exactly(at)}>
      {fromNow(new Date(at), new Date())}
    </time>
  );
}

/** Counts the minutes that passed while the page was visible. One timer serves all times on it. */
let ticks = 0;
let timer: number | undefined;
const listeners = new Set<() => void>();

function subscribe(onTick: () => void): () => void {
  listeners.add(onTick);
  if (listeners.size === 1) {
    document.addEventListener('visibilitychange', onVisibility);
    follow();
  }
  return () => {
    listeners.delete(onTick);
    if (listeners.size > 0) return;
    document.removeEventListener('visibilitychange', onVisibility);
    follow();
  };
}

function onVisibility(): void {
  if (!document.hidden) tick();
  follow();
}

function follow(): void {
  clearInterval(timer);
  if (listeners.size > 0 && !document.hidden) timer = window.setInterval(tick, MINUTE);
}

function tick(): void {
  ticks += 1;
  for (const listener of listeners) listener();
}
