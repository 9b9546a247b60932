import type { Answers, ImportResult } from './import.ts';
import { ms, publish, writeTable } from './report.ts';

/** Prints the table; if `isWritten`, also writes it into docs/guides/performance.md. */
export function reportImport(result: ImportResult, engine: string, isWritten: boolean): Promise<void> {
  const figures = { file: 'import.json', block: 'import', tables: writeImport(result), result };
  return publish(figures, engine, isWritten);
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
      ['peak memory of the server', `${memory} MB`],
    ],
  );
}
