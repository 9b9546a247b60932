import type { Request, Response } from 'express';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';

/** One JSON value a line. */
const LINES = 'application/x-ndjson';

/** The list in a 200's body that the document also offers as lines, by `x-lines-of`; undefined if none. */
export function linesOf(responses: OpenAPIV3.ResponsesObject | undefined): string | undefined {
  const ok = responses?.['200'];
  const lines: object | undefined = ok && 'content' in ok ? ok.content?.[LINES] : undefined;
  return lines && 'x-lines-of' in lines ? String(lines['x-lines-of']) : undefined;
}

/** Whether a client would rather have lines than one JSON value. */
export function wantsLines(req: Request): boolean {
  return req.accepts('application/json', LINES) === LINES;
}

/** Sends a list of a body as lines, and the `next_cursor` beside it as a link to the next page (RFC 8288). */
export function sendLines(req: Request, res: Response, body: object, list: string): void {
  const { [list]: items, next_cursor }: Record<string, unknown> = { ...body };
  if (typeof next_cursor === 'string') {
    // A value may have a question mark of its own.
    const query = new URLSearchParams(/(?<=\?).*/.exec(req.originalUrl)?.[0]);
    query.set('cursor', next_cursor);
    res.set('Link', `<?${query}>; rel="next"`);
  }
  const lines = Array.isArray(items) ? items.map((item) => `${JSON.stringify(item)}\n`) : [];
  // Without a charset: JSON is always UTF-8 (RFC 8259, section 8.1), and `send` would add one.
  res.setHeader('Content-Type', LINES);
  res.end(lines.join(''));
}
