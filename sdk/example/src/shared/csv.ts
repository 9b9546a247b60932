/** Tells spreadsheets that a file is UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Where a spreadsheet may begin a formula, and run it: at the beginning of a cell, and after what it may take for the
 * end of one. Where a comma is for decimals, Excel splits lines at semicolons, whatever is quoted. Full-width signs and
 * characters that are not seen before a sign count, too.
 */
const FORMULA = /(^|\r\n|[;\t\r\n])(?=[\s\p{Cf}\p{Cc}]*[=+\-@＝＋－＠])|^(?=[\t\r\n])/gu;

/**
 * A line of a CSV file (RFC 4180), with its end. An apostrophe goes before what a spreadsheet would take for a formula.
 *
 * @param cells an undefined one is empty
 */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(written).join(',')}\r\n`;
}

function written(cell: string | number | undefined): string {
  if (typeof cell !== 'string') return `${cell ?? ''}`;
  const text = cell.replace(FORMULA, "$&'");
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
