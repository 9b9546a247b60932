import type { PeopleResult } from './people.ts';
import { ms, publish, writeTable } from './report.ts';

/** Prints the table; if `isWritten`, also writes it into docs/guides/performance.md. */
export function reportPeople(result: PeopleResult, engine: string, isWritten: boolean): Promise<void> {
  const figures = { file: 'people.json', block: 'people', tables: writePeople(result), result };
  return publish(figures, engine, isWritten);
}

const part = (ratio: number) => ratio.toFixed(2);

function writePeople({ people, load }: PeopleResult): string {
  const head = ['', ...people.map(({ consents }) => `${consents.toLocaleString('en')} consents`)];
  const row = (what: string, figureOf: (person: PeopleResult['people'][number]) => string) => [
    what,
    ...people.map(figureOf),
  ];
  const lists = writeTable(head, [
    row('a `$lookup` for each consent', ({ list }) => ms(list.lookups.median)),
    row('**Me grants**', ({ list }) => ms(list.me.median)),
    row('**My account grants**', ({ list }) => ms(list.account.median)),
    row('Me grants ÷ look-ups', ({ list }) => part(list.me.median / list.lookups.median)),
    row('My account grants ÷ look-ups', ({ list }) => part(list.account.median / list.lookups.median)),
  ]);
  const under = writeTable(
    ['', 'requests a second', 'median', 'p99'],
    [
      ['a `$lookup` for each consent', load.lookups],
      ['**Me grants**', load.me],
      ['**My account grants**', load.account],
    ].map(([what, one]) => {
      if (typeof one !== 'object') return [`${what}`];
      return [`${what}`, `${one.requests_per_second}`, `${one.median} ms`, `${one.p99} ms`];
    }),
  );
  const { consents = 0 } = people[0] ?? {};
  return `${lists}\nTen connections, ${consents} consents (autocannon):\n\n${under}`;
}
