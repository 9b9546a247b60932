import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/processes/server-process.ts';

/** What the production guide promises about a fault. */
export interface Promised {
  status: number;
  /** The name of the problem; undefined for a success. */
  problem: string | undefined;
  metric: string;
  labels: Record<string, string>;
  value: number;
  /** A line of the log, or the detail of a request's problem in one. */
  log: string;
}

const ROW =
  /^\| (.+?) +\| `(\d{3})`(?: `([\w-]+)`)?(?:, [^|]+?)? +\| `(\w+)(?:\{(\w+)="([^"]+)"\})?` is `(-?[\d.]+)` +\| `(.+)` +\|$/gm;

/** The table of faults of `docs/guides/production.md`, by fault. */
export async function readFaults(): Promise<Map<string, Promised>> {
  const guide = await readFile(join(ROOT, 'docs/guides/production.md'), 'utf8');
  const [, section = ''] = /^## Faults\n(.*?)^## /ms.exec(guide) ?? [];
  const rows = [...section.matchAll(ROW)];
  const lines = section.match(/^\| (?!fault |---)/gm) ?? [];
  if (rows.length !== lines.length) throw new Error('a row of the table of faults cannot be read');
  return new Map(
    rows.map(([, fault = '', status, problem, metric = '', label, of = '', value, log = '']) => [
      fault,
      {
        status: Number(status),
        problem,
        metric,
        labels: label === undefined ? {} : { [label]: of },
        value: Number(value),
        log,
      },
    ]),
  );
}
