import satisfies from 'spdx-satisfies';
import type { LicenseException } from './exceptions.ts';

/** Licenses that let everybody use, change and pass on, with no more than a notice. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];

/** A package of `package-lock.json`, as far as it matters here. */
export interface LockedPackage {
  license?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
}

/**
 * What is wrong with the licenses of all packages of a lockfile, those for other platforms included; one line each.
 *
 * @param packages of `package-lock.json`, by path
 */
export function licenseFaults(
  packages: Record<string, LockedPackage>,
  exceptions: LicenseException[],
): string[] {
  const unused = new Set(exceptions);
  const faults = new Set<string>();
  for (const [path, locked] of Object.entries(packages)) {
    // Ours have our own license.
    if (locked.link || !path.includes('node_modules/')) continue;
    const name = path.split('node_modules/').at(-1) ?? '';
    if (isPermissive(locked.license)) continue;
    const exception = exceptions.find((one) => covers(one, name, locked));
    if (exception) unused.delete(exception);
    else faults.add(`${name}: ${faultOf(locked)}`);
  }
  for (const { package: name } of unused) faults.add(`${name}: the exception is not needed: delete it`);
  return [...faults];
}

function isPermissive(license: string | undefined): boolean {
  if (license === undefined) return false;
  try {
    return satisfies(license, PERMISSIVE);
  } catch {
    // No SPDX expression, such as "SEE LICENSE IN …".
    return false;
  }
}

function covers({ package: pattern, ...exception }: LicenseException, name: string, locked: LockedPackage) {
  const isNamed = pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  const isInPlace = !exception.developmentOnly || isForDevelopment(locked);
  return isNamed && isInPlace && (locked.license ?? exception.license) === exception.license;
}

function isForDevelopment({ dev = false, devOptional = false }: LockedPackage): boolean {
  return dev || devOptional;
}

function faultOf(locked: LockedPackage): string {
  const license = locked.license === undefined ? 'names no license' : `has the license ${locked.license}`;
  return `${license}, ${isForDevelopment(locked) ? 'for development' : 'in what we ship'}`;
}
