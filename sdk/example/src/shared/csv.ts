/** Tells spreadsheets that a file is UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** What a spreadsheet takes for the beginning of a formula, and runs. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * A line of a CSV file (RFC 4180), with its end. An apostrophe goes before a text that a spreadsheet would take for a
 * formula.
 *
 * @param cells an undefined one is empty
 */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(written).join(',')}\r\n`;
}

function written(cell: string | number | undefined): string {
  if (typeof cell !== 'string') return `${cell ?? ''}`;
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
