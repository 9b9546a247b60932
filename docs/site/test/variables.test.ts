import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VARIABLES } from '../../../server/src/config.ts';
import { ROOT } from '../root.ts';

it.each(['README.md', 'docs/guides/production.md'])(
  '%s describes every variable of the configuration',
  async (path) => {
    const text = await readFile(join(ROOT, path), 'utf8');
    expect(VARIABLES.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  },
);
