import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { anchorsOf, linksOf } from '../../docs/site/check/links.ts';
import { ROOT } from '../../docs/site/root.ts';

const FOLDERS = [
  '.',
  '.github',
  'docs/guides',
  'sdk',
  'sdk/contract-tests',
  'sdk/example',
  'server/oidc-provider',
];
const pages = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name)),
);

it.each(pages)('no link of %s leads nowhere in the repository', (page) => {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  for (const link of linksOf(page, read(page)).filter((one) => !/^[a-z]+:/.test(one))) {
    const [path = '', anchor] = link.split('#');
    const target = path ? posix.join(posix.dirname(page), path) : page;
    expect(existsSync(join(ROOT, target)), link).toBe(true);
    if (anchor) expect(anchorsOf(target, read(target)), link).toContain(anchor);
  }
});
