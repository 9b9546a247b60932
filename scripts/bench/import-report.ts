import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answers, ImportResult } from './import.ts';
import { describeMachine, fillIn, ms, where, writeTable } from './report.ts';

/** Prints the table; with a folder, also writes it into the folder's `performance.md`, and all figures beside it. */
export async function reportImport(
  result: ImportResult,
  engine: string,
  out: string | undefined,
): Promise<void> {
  const table = writeImport(result);
  process.stdout.write(`${table}\n`);
  if (out === undefined) return;
  const machine = describeMachine(engine);
  const measured_at = new Date().toISOString();
  await mkdir(join(out, 'performance'), { recursive: true });
  const figures = `${JSON.stringify({ measured_at, machine, ...result }, undefined, 2)}\n`;
  await writeFile(join(out, 'performance/import.json'), figures);
  await fillIn(join(out, 'performance.md'), 'import', `${where(machine, measured_at)}\n\n${table}`);
}

function writeImport({ rows, written, in_after, account, other, memory }: ImportResult): string {
  const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`;
  const answers = ({ answered, refused, slowest }: Answers) =>
    `${answered} answered, ${refused} refused, the slowest in ${ms(slowest)}`;
  return writeTable(
    [`${rows.toLocaleString('en')} rows`, ''],
    [
      ['writing them, while the server runs', seconds(written)],
      ['from the last write until all are in the list', seconds(in_after)],
      ['lists of the account', answers(account)],
      ['lists of another account', answers(other)],
      ['the most memory that the server had', `${memory} MB`],
    ],
  );
}
