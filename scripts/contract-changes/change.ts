/** One difference between two versions of a document. */
export interface Change {
  /** Whether a client that was right before can now be wrong. */
  breaking: boolean;
  kind: 'added' | 'changed' | 'removed';
  operationId: string;
  /** What of the operation: a parameter, a field, a status; empty for the operation itself. */
  subject: string;
  /** What is different, in words. */
  text: string;
}

/** A difference, before it is known of which operation. */
export type Difference = Omit<Change, 'operationId'>;

/** What something now is that was not there before. */
export function added(subject: string, text: string, breaking = false): Difference {
  return { breaking, kind: 'added', subject, text };
}

/** What is another than before. */
export function changed(subject: string, text: string, breaking: boolean): Difference {
  return { breaking, kind: 'changed', subject, text };
}

/** What is no longer there, and breaks those who counted on it. */
export function removed(subject: string, text: string): Difference {
  return { breaking: true, kind: 'removed', subject, text };
}

/** Sorts the keys of two records into those only before, those in both, and those only after. */
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

/** A value as it stands in a sentence. */
export function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
