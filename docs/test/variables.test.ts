import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../src/root.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const variables = [...read('server/src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
  ([, name = '']) => name,
);

it.each([
  ['told to those who run it', 'README.md', /`([A-Z][A-Z_]+)`/g],
  ['told in its guide', 'docs/guides/production.md', /`([A-Z][A-Z_]+)`/g],
  ['kept from servers that tests start', 'scripts/server-process.ts', /^ {2}([A-Z][A-Z_]+): '',$/gm],
])('every variable of the configuration is %s', (_, path, pattern) => {
  const told = [...read(path).matchAll(pattern)].map(([, name]) => name);
  expect(variables.length).toBeGreaterThan(10);
  expect(told).toEqual(expect.arrayContaining(variables));
});
