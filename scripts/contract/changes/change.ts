/** One difference between two versions of a document. */
export interface Change {
  /** Whether a client that was correct before may now fail. */
  breaking: boolean;
  kind: 'added' | 'changed' | 'removed';
  operationId: string;
  /** The affected part of the operation: a parameter, a field, a status; empty for the operation itself. */
  subject: string;
  /** The difference in words. */
  text: string;
}

/** A difference not yet assigned to an operation. */
export type Difference = Omit<Change, 'operationId'>;

/** The difference for something new. */
export function added(subject: string, text: string, breaking = false): Difference {
  return { breaking, kind: 'added', subject, text };
}

/** The difference for something changed. */
export function changed(subject: string, text: string, breaking: boolean): Difference {
  return { breaking, kind: 'changed', subject, text };
}

/** The difference for something removed, which breaks clients that rely on it. */
export function removed(subject: string, text: string): Difference {
  return { breaking: true, kind: 'removed', subject, text };
}

/** Splits the keys of two records into those only before, those in both, and those only after. */
export function compareKeys<Value>(before: Record<string, Value> = {}, after: Record<string, Value> = {}) {
  const both: [key: string, before: Value, after: Value][] = [];
  const gone: [key: string, value: Value][] = [];
  for (const [key, value] of Object.entries(before)) {
    const other = Object.hasOwn(after, key) ? after[key] : undefined;
    if (other === undefined) gone.push([key, value]);
    else both.push([key, value, other]);
  }
  const fresh = Object.entries(after).filter(([key]) => !Object.hasOwn(before, key));
  return { gone, both, fresh };
}

/** Formats a value for a sentence. */
export function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
