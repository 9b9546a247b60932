/** A request as sent: nothing in it is corrected, completed or encoded on the way. */
export interface RawRequest {
  method: string;
  /** The path and the query, without the server's address. */
  target: string;
  headers: [name: string, value: string][];
  body: Buffer;
}

export interface RawResponse {
  status: number;
  /** By lower-case name. */
  headers: Map<string, string>;
  body: string;
}

/** The JSON of a body; undefined if it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The JSON of each line of a body. */
export function linesOf(body: string): unknown[] {
  return body.split('\n').filter(Boolean).map(jsonOf);
}

/** Whether JSON is an object, of which nothing else is known yet. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
