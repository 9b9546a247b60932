import type { AdvisoryException } from './exceptions.ts';

/** A known advisory about a package. */
export interface Advisory {
  id: string;
  package: string;
  severity: string;
  title: string;
  url: string;
}

/** The part of `npm audit --json` that names advisories (format 2); a text in `via` names another package. */
export interface AuditReport {
  vulnerabilities?: Record<string, { via: (string | Via)[] }>;
  /** Instead of the rest, if the registry did not answer. */
  message?: string;
}

interface Via {
  name: string;
  severity: string;
  title: string;
  url: string;
}

/**
 * The advisories of a report, each once.
 *
 * @throws Error if the registry did not answer, so that nothing is known
 */
export function advisoriesIn({ vulnerabilities, message }: AuditReport): Advisory[] {
  if (!vulnerabilities) throw new Error(`the registry did not say: ${message ?? 'it sent no report'}`);
  const found = new Map<string, Advisory>();
  for (const via of Object.values(vulnerabilities).flatMap((one) => one.via)) {
    if (typeof via === 'string') continue;
    const { name, severity, title, url } = via;
    const id = url.split('/').at(-1) ?? url;
    found.set(`${id} ${name}`, { id, package: name, severity, title, url });
  }
  return [...found.values()];
}

/**
 * What is to be done about advisories: those without an exception, and exceptions that ran out or are not needed.
 *
 * @param today such as `2026-12-31`
 */
export function advisoryFaults(
  advisories: Advisory[],
  exceptions: AdvisoryException[],
  today: string,
): string[] {
  const open = advisories.filter(({ id }) => !exceptions.some((one) => one.id === id && today <= one.until));
  const unneeded = exceptions.filter(({ id }) => !advisories.some((one) => one.id === id));
  return [
    ...open.map(({ package: name, severity, title, url }) => `${name}: ${severity}: ${title} (${url})`),
    ...unneeded.map(({ id }) => `${id}: the exception is not needed: delete it`),
  ];
}
