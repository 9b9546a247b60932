import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OwnProcess } from '../processes/server-process.ts';
import { useProcesses } from '../processes/use-processes.ts';

const folder = await useProcesses();

/** Builds the way `npm start` does before the server: what is missing here is built by this code. */
function build(code: string, ...args: string[]) {
  const script = `
    import { execFileSync } from 'node:child_process';
    const { runBuilding } = await import(${JSON.stringify(new URL('./if-stale.ts', import.meta.url))});
    const output = ${JSON.stringify(join(folder, 'dist/index.html'))};
    await runBuilding({ name: 'pages', output, sources: ['package.json'], build: async () => { ${code} } });`;
  const command = [
    process.execPath,
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    script,
    '--',
    ...args,
  ];
  return new OwnProcess([command[0] ?? '', ...command.slice(1)], {}).ended;
}

const impossible = [
  [
    'a tool that is not installed',
    "execFileSync('/nowhere/vite');",
    'the development dependencies are not installed',
  ],
  [
    'a package that is not installed',
    "await import('not-installed');",
    'the development dependencies are not installed',
  ],
  [
    'a checkout that can only be read',
    "throw Object.assign(new Error('read-only'), { code: 'EROFS' });",
    'its folder cannot be written',
  ],
] as const;

describe('what npm start builds first', () => {
  it.each(impossible)(
    'does not stop it for %s, and says why it is not there',
    async (_what, code, reason) => {
      expect(await build(code, '--if-stale')).toMatchObject({
        code: 0,
        stderr: `pages: not built, for ${reason}; the server has what is there\n`,
      });
    },
  );

  it.each(impossible)('fails for %s where it is asked for by itself', async (_what, code) => {
    expect((await build(code)).code).toBe(1);
  });

  it('fails for an error in the sources', async () => {
    const { code, stderr } = await build("throw new Error('no such guide')", '--if-stale');
    expect(code).toBe(1);
    expect(stderr).toContain('no such guide');
  });
});
