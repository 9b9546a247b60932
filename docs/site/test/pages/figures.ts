import type { Page } from 'playwright-core';

/** What loading a page took. Times are milliseconds since its address was asked for. */
export interface Figures {
  /** All of it, unpacked. */
  bytes: number;
  /** What went over the wire, headers and all; nothing for files in the cache. */
  transferred: number;
  /** First contentful paint. */
  first: number;
  /** Largest contentful paint. */
  largest: number;
  /** How far what was seen moved: the cumulative layout shift, 0 for not at all. */
  shift: number;
}

/** Has the browser tell what loading its page took. */
export function measure(page: Page): Promise<Figures> {
  return page.evaluate(async () => {
    let shift = 0;
    // Watched before the paints: what had moved is told by the time that these are.
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
    const last = (type: string) =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? 0)).observe({
          type,
          buffered: true,
        });
      });
    const [first, largest] = await Promise.all([last('paint'), last('largest-contentful-paint')]);
    const loaded = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource'),
    ] as PerformanceResourceTiming[];
    return {
      bytes: loaded.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
      transferred: loaded.reduce((sum, { transferSize }) => sum + transferSize, 0),
      first: Math.round(first),
      largest: Math.round(largest),
      shift: Math.round(shift * 1000) / 1000,
    };
  });
}
