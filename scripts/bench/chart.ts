import type { SizeResult } from './size.ts';

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 80;
const RIGHT = 200;
const TOP = 40;
const BOTTOM = 50;

type Series = [name: string, colour: string, figureOf: (result: SizeResult) => number];

const SERIES: Series[] = [
  ['naive $group + $facet', '#b42318', ({ list }) => list.naive.median],
  ['direct grouping', '#b54708', ({ list }) => list.direct.median],
  ['driver: find + count', '#475467', ({ list }) => list.driver.median],
  ['read model over HTTP', '#067647', ({ list }) => list.HTTP.median],
  ['bare Express', '#98a2b3', ({ list }) => list['bare Express'].median],
];

/** An SVG chart of the first page's time as the account grows, both axes logarithmic. */
export function drawChart(results: SizeResult[]): string {
  const values = results.flatMap((result) => SERIES.map(([, , figureOf]) => figureOf(result)));
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const sizes = results.map(({ rows }) => Math.log10(rows));
  const [first = 0, last = 1] = [Math.min(...sizes), Math.max(...sizes)];
  const x = (rows: number) =>
    LEFT + ((Math.log10(rows) - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number) => TOP + ((high - Math.log10(ms)) / (high - low)) * (HEIGHT - TOP - BOTTOM);

  const grid = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)).map(
    (ms) =>
      `<line x1="${LEFT}" y1="${y(ms)}" x2="${WIDTH - RIGHT}" y2="${y(ms)}" stroke="#e4e7ec"/>` +
      `<text x="${LEFT - 8}" y="${y(ms) + 4}" text-anchor="end">${ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`}</text>`,
  );
  const ticks = results.map(
    ({ rows }) =>
      `<text x="${x(rows)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${rows.toLocaleString('en')}</text>`,
  );
  const lines = SERIES.map(([name, colour, figureOf]) => {
    const points = results.map((result) => `${x(result.rows).toFixed(1)},${y(figureOf(result)).toFixed(1)}`);
    const end = results.at(-1);
    const label = end
      ? `<text x="${x(end.rows) + 10}" y="${y(figureOf(end)) + 4}" fill="${colour}">${name}</text>`
      : '';
    const dots = points.map(
      (point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3.5" fill="${colour}"/>`,
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${label}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#344054" role="img" aria-labelledby="title">
<title id="title">How long the first page and total of one account take, as the account grows</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<text x="${LEFT}" y="22" font-size="14" font-weight="600">First page and total of one account, median</text>
${[...grid, ...ticks, ...lines].join('\n')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">rows in refresh_tokens</text>
</svg>
`;
}
