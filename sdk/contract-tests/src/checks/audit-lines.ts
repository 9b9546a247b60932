import type { Case } from '../case.ts';
import type { Answer, Call, Client } from '../client.ts';
import { linesOf } from '../exchange.ts';
import { AUDIT } from './audit-events.ts';
import { MAX_PAGES } from './grant-pages.ts';

const TYPE = 'application/x-ndjson';

/** Reads audit events as lines, from page to page as `Link` leads; at most `MAX_PAGES` pages. */
export async function readLines(
  test: Case,
  client: Client,
  query: NonNullable<Call['query']>,
): Promise<{ lines: unknown[]; isWhole: boolean; last: Answer }> {
  const lines: unknown[] = [];
  let next: Call['query'] = query;
  let last: Answer;
  for (let pages = 1; ; pages += 1) {
    last = await client.call(test, AUDIT, { query: next, headers: { Accept: TYPE } });
    if (last.status !== 200 || last.headers.get('content-type')?.split(';')[0] !== TYPE) {
      client.differs(test, last, `a ${last.status} that is not ${TYPE}, where that was asked for`);
      return { lines, isWhole: true, last };
    }
    lines.push(...linesOf(last.text));
    const link = /<([^>]*)>; *rel="next"/.exec(last.headers.get('link') ?? '')?.[1];
    if (link === undefined) return { lines, isWhole: true, last };
    if (pages === MAX_PAGES) return { lines, isWhole: false, last };
    next = Object.fromEntries(new URL(link, 'http://localhost').searchParams);
  }
}
