import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../processes/server-process.ts';
import { drawChart } from './chart.ts';
import type { LOADED, Load } from './service.ts';
import { relative, type SizeResult } from './size.ts';

const RESULTS = join(ROOT, 'scripts/bench/results');
const PAGE = join(ROOT, 'docs/guides/performance.md');

/** Prints the tables; if `isWritten`, also writes them into docs/guides/performance.md, and the chart. */
export async function report(results: SizeResult[], engine: string, isWritten: boolean): Promise<void> {
  const figures = {
    file: 'results.json',
    block: 'measured',
    tables: writeTables(results),
    result: { results },
  };
  await publish(figures, engine, isWritten);
  if (isWritten) await writeFile(join(RESULTS, 'chart.svg'), drawChart(results));
}

interface Figures {
  tables: string;
  /** Which block of the page the tables go into. */
  block: string;
  /** All figures, and the name of their file. */
  result: object;
  file: string;
}

/** Prints tables; if `isWritten`, also writes them into docs/guides/performance.md, and the figures into a file. */
export async function publish(
  { tables, block, result, file }: Figures,
  engine: string,
  isWritten: boolean,
): Promise<void> {
  process.stdout.write(`${tables}\n`);
  if (!isWritten) return;
  const machine = describeMachine(engine);
  const measured_at = new Date().toISOString();
  const figures = `${JSON.stringify({ measured_at, machine, ...result }, undefined, 2)}\n`;
  await writeFile(join(RESULTS, file), figures);
  await fillIn(PAGE, block, `${where(machine, measured_at)}\n\n${tables}`);
}

/** The machine that the figures were measured on. */
function describeMachine(engine: string) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    engine,
  };
}

type Machine = ReturnType<typeof describeMachine>;

/** The machine and the date, as a sentence. */
function where({ cores, cpu, memory_gb, node, engine }: Machine, measured_at: string): string {
  return `Measured on ${measured_at.slice(0, 10)}: ${cores} × ${cpu}, ${memory_gb} GB, Node ${node}, ${engine}.`;
}

/** Replaces what is between a page's two marks of this name. */
async function fillIn(file: string, name: string, figures: string): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const page = await readFile(file, 'utf8');
  const [head] = page.split(begin);
  const tail = page.slice(page.indexOf(end));
  await writeFile(file, `${head}${begin}\n\n${figures}\n${tail}`);
}

type Row = [what: string, figureOf: (result: SizeResult) => string];

/** Formats a time for a table. */
export const ms = (value: number) =>
  `${value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ms`;
const times = (value: number) =>
  `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')} ×`;
const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

function writeTables(results: SizeResult[]): string {
  const lists: Row[] = [
    ['naive: `$group`, then `$facet`', ({ list }) => ms(list.naive.median)],
    ['direct grouping', ({ list }) => ms(list.direct.median)],
    ['the driver alone: find and count', ({ list }) => ms(list.driver.median)],
    ['the driver alone: find', ({ list }) => ms(list['driver page'].median)],
    ['**the read model**', ({ list }) => ms(list['read model'].median)],
    ['**the read model, over HTTP**', ({ list }) => ms(list.HTTP.median)],
    ['the slowest of all sortings', ({ sortings }) => ms(Math.max(...sortings.map(({ median }) => median)))],
    ['the account after one token was used', ({ busy }) => ms(busy.median)],
    ['bare Express: the driver alone, find', ({ list }) => ms(list.found.median)],
    ['bare Express: nothing', ({ list }) => ms(list['bare Express'].median)],
    ['naive ÷ over HTTP', ({ list }) => times(list.naive.median / list.HTTP.median)],
    ['over HTTP ÷ the driver', ({ list }) => times(list.HTTP.median / list.driver.median)],
  ];
  const searches: Row[] = [
    ['by e-mail', ({ search }) => ms(search['e-mail'].median)],
    ['by two words of a name', ({ search }) => ms(search['two words'].median)],
    ['by a beginning that all names share', ({ search }) => ms(search['beginning of everyone'].median)],
    ['an app', ({ search }) => ms(search.app.median)],
    ['the first page of the list, in turn with them', ({ search }) => ms(search.list.median)],
  ];
  const narrower: Row[] = ['user_id', 'client_id', 'project_id', 'resource'].map((by) => [
    `by \`${by}\``,
    (result) => {
      const list = result.narrower.find((one) => one.by === by);
      return list
        ? `${ms(list.median)} of ${list.grants.toLocaleString('en')} grants, ${times(relative(list))}`
        : '';
    },
  ]);
  const load: Row[] = ['one connection', 'ten connections'].flatMap((connections, index): Row[] => {
    const row = (what: string, loaded: (typeof LOADED)[number]): Row => [
      `${what}, ${connections}`,
      ({ load }) =>
        `${load[loaded][index]?.requests_per_second} /s, median ${load[loaded][index]?.median} ms`,
    ];
    const perSecond = (one: Load | undefined) => one?.requests_per_second ?? 0;
    return [
      row('**list**', 'list'),
      row('bare Express: the driver alone, find', 'found'),
      row('bare Express: nothing', 'bare'),
      [
        `list ÷ the driver alone, ${connections}`,
        ({ load }) => (perSecond(load.list[index]) / perSecond(load.found[index])).toFixed(2),
      ],
    ];
  });
  const upkeep: Row[] = [
    ['refresh, nothing changed', ({ refresh }) => ms(refresh.idle.median)],
    ['refresh, 1,000 grants changed', ({ refresh }) => ms(refresh['of 1,000 changed grants'].median)],
    ['building the model from nothing', ({ build }) => ms(build.milliseconds)],
    ['memory that building takes', ({ build }) => `${build.memory} MB`],
    [
      '`refresh_tokens`: data, indexes',
      ({ storage: { refresh_tokens } }) => `${mb(refresh_tokens.data)}, ${mb(refresh_tokens.indexes)}`,
    ],
    ['`grants`: data, indexes', ({ storage: { grants } }) => `${mb(grants.data)}, ${mb(grants.indexes)}`],
  ];
  const revoking: Row[] = [
    ['rows revoked', ({ revocation }) => revocation.rows.toLocaleString('en')],
    ['by filter, over HTTP, read model included', ({ revocation }) => ms(revocation.by_filter)],
    ['one raw `updateMany` of as many rows', ({ revocation }) => ms(revocation.raw)],
    ['ratio', ({ revocation }) => times(revocation.by_filter / revocation.raw)],
    ['memory that it takes', ({ revocation }) => `${revocation.memory} MB`],
    ['a list before it', ({ revocation }) => ms(revocation.lists_before.median)],
    ['the first list after it', ({ revocation }) => ms(revocation.first_list)],
    ['the next ten', ({ revocation }) => ms(revocation.lists.median)],
    ['refresh after the raw update', ({ revocation }) => ms(revocation.refresh_after_raw)],
  ];
  return [
    ['First page of 100 and the total of the account, by `granted_at`, median', lists],
    [
      'First page of part of the account in its slowest sort order: median, and ÷ the first page of all',
      narrower,
    ],
    ['Search for a person or an app, over HTTP: median', searches],
    ['Under load (autocannon)', load],
    ['Upkeep', upkeep],
    ['Revoking', revoking],
  ]
    .map(([title, rows]) => `## ${title}\n\n${writeRows(results, rows as Row[])}`)
    .join('\n');
}

function writeRows(results: SizeResult[], rows: Row[]): string {
  const head = [
    '',
    ...results.map(
      ({ rows, grants }) => `${rows.toLocaleString('en')} rows, ${grants.toLocaleString('en')} grants`,
    ),
  ];
  return writeTable(
    head,
    rows.map(([what, figureOf]) => [what, ...results.map(figureOf)]),
  );
}

/** A Markdown table: first column left-aligned, figures right-aligned. */
export function writeTable(head: string[], body: string[][]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const line = (cells: string[]) => `| ${cells.map(pad).join(' | ')} |\n`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |\n`;
  return line(head) + rule + body.map(line).join('');
}
