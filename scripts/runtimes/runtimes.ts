/** A runtime that npm has, and how the program runs in it. */
export interface Runtime {
  /** As the table names it. */
  name: string;
  /** What `npx` gets from npm, such as `node@22`. */
  package: string;
  /** Prints the version. */
  version: string[];
  /** Runs the program, which prints its outcome as JSON. */
  run: string[];
}

const JEST = ['node', '--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/** Where the program runs from files, as it is. */
export const RUNTIMES: Runtime[] = [
  ...[20, 22, 24].flatMap((major) => [
    node(major, 'import', 'node', 'main.js'),
    node(major, 'require', 'node', 'main.cjs'),
    node(major, 'Jest 30, import', ...JEST, '--testMatch', '**/program.test.js'),
  ]),
  // Older ones lack what Jest needs.
  node(24, 'Jest 30, require', ...JEST, '--testMatch', '**/required.test.cjs'),
  bun('import', 'main.js'),
  bun('require', 'main.cjs'),
  deno('import', 'main.js'),
  deno('require', 'main.cjs'),
];

function node(major: number, how: string, ...run: string[]): Runtime {
  return { name: `Node.js ${major}, ${how}`, package: `node@${major}`, version: ['node', '--version'], run };
}

function bun(how: string, file: string): Runtime {
  return { name: `Bun, ${how}`, package: 'bun@1', version: ['bun', '--version'], run: ['bun', file] };
}

function deno(how: string, file: string): Runtime {
  const run = ['deno', 'run', '--allow-env', '--allow-net', '--allow-read', file];
  return { name: `Deno, ${how}`, package: 'deno@2', version: ['deno', '--version'], run };
}
