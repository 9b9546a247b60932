/** What a check found wrong with a deployment. */
export interface Finding {
  /** Names the kind of finding; the same in every version. docs/guides/doctor.md lists them. */
  id: string;
  /** An error must be fixed. A warning is a risk that may be intended. */
  severity: 'error' | 'warning';
  /** What it is. */
  found: string;
  /** Why it matters. */
  why: string;
  /** What to do. */
  remedy: string;
}

/** The outcome of one check. */
export interface Checked {
  /** What was looked at, in a few words. */
  summary: string;
  findings: Finding[];
}

/** A finding that must be fixed. */
export function mustFix(id: string, found: string, why: string, remedy: string): Finding {
  return { id, severity: 'error', found, why, remedy };
}

/** A risk that may be intended. */
export function warning(id: string, found: string, why: string, remedy: string): Finding {
  return { id, severity: 'warning', found, why, remedy };
}

/** An error's message, and that of its cause, which says more in errors of `fetch`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const more = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
  return `${error.message}${more}`;
}
