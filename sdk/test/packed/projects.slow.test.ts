import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, cut, Loopback, silent } from '../loopback.ts';
import { callBare } from './bare.ts';
import { type Demo, EVERY_CALL, startDemo } from './demo.ts';
import { type Outcome, Project } from './project.ts';
import { Workerd } from './workerd.ts';

const TYPESCRIPT = ['typescript', '@types/node'];
const REACT = ['react', '@types/react', '@tanstack/react-query'];

let demo: Demo;
/** What a project needs to call the server: in its environment. */
let SETTING: string;

beforeAll(async () => {
  demo = await startDemo();
  SETTING = JSON.stringify(demo.setting);
});
afterAll(() => demo.stop());

/** What a project printed as JSON. */
function printed({ code, output }: Outcome): unknown {
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

describe('the packed SDK, installed into an empty project', () => {
  it('calls every operation in Node, and where neither process, Buffer nor crypto is', async () => {
    const project = await Project.create('every-call', []);
    try {
      expect(printed(await project.runWith({ SETTING }, process.execPath, 'main.js'))).toEqual(EVERY_CALL);
      expect(await callBare(project.folder, SETTING)).toEqual(EVERY_CALL);
    } finally {
      await project.delete();
    }
  });

  it('calls every operation on what React Native brings, times out there and can be aborted', async () => {
    const project = await Project.create('every-call', ['abort-controller', 'whatwg-fetch', 'xhr2']);
    try {
      expect(printed(await project.runWith({ SETTING }, process.execPath, 'react-native.js'))).toEqual({
        ...EVERY_CALL,
        late: 'TimeoutError',
        aborted: 'AbortError',
      });
    } finally {
      await project.delete();
    }
  });

  it('calls every operation in a Cloudflare Worker, shares a client there, and has its errors', async () => {
    const project = await Project.create('every-call', []);
    const elsewhere = new Loopback();
    await elsewhere.start();
    const runtime = await Workerd.start(project.folder, SETTING);
    try {
      for (const url of runtime.urls) {
        const ask = async (path: string) => (await fetch(url + path)).json();
        expect(await ask('/every-call')).toEqual(EVERY_CALL);
        const shared = await Promise.all([1, 2, 3, 4].map(() => ask('/shared')));
        expect(shared).toEqual(Array(4).fill(expect.any(Number)));
        elsewhere.next(
          answer(308, undefined, { Location: '/elsewhere', Connection: 'close' }),
          cut,
          silent(),
        );
        // Only the request that nobody answers may run out of time, however busy the machine is.
        const failing = (timeout: number, baseUrl = '') =>
          ask(`/failing?${new URLSearchParams({ timeout: `${timeout}`, baseUrl })}`);
        const failures = [
          await failing(60_000, elsewhere.url),
          await failing(60_000, elsewhere.url),
          await failing(10_000, elsewhere.url),
          await failing(60_000),
        ];
        expect(failures.map(({ name }) => name)).toEqual([
          'RedirectError',
          'ConnectionError',
          'TimeoutError',
          'UsageError',
        ]);
        expect(elsewhere.received).toHaveLength(3);
        elsewhere.clear();
      }
    } finally {
      await runtime.stop();
      await elsewhere.stop();
      await project.delete();
    }
  });

  it('calls every operation in a page that Vite built, with React and TanStack Query', async () => {
    const project = await Project.create('vite', [...REACT, 'react-dom', 'vite', 'happy-dom']);
    try {
      expect(await project.bin('vite', 'build')).toMatchObject({ code: 0 });
      expect(printed(await project.runWith({ SETTING }, process.execPath, 'open.js'))).toEqual({
        foundAll: true,
        gotFirst: true,
        revoked: true,
        revokedMany: true,
        userScopes: true,
        error: 'OAuthGrantsError',
      });
    } finally {
      await project.delete();
    }
  });
});

describe('the packed mock, installed into a Vite app', () => {
  it('serves the tests of the app and those of the README, which compile, and is not in what is built', async () => {
    const project = await Project.create('mocked', ['msw', 'vitest', 'vite', 'happy-dom', 'typescript']);
    try {
      await addNamedExamples(project);
      const { code, output } = await project.bin(
        'vitest',
        'run',
        'src',
        'examples',
        '--testTimeout=60000',
        '--reporter=json',
      );
      if (code !== 0) throw new Error(output);
      expect(output).toContain('"numPassedTests":6,');
      const compilerOptions = {
        strict: true,
        target: 'es2022',
        lib: ['es2023', 'dom'],
        module: 'esnext',
        moduleResolution: 'bundler',
        noEmit: true,
        // Those of Vitest and Vite are large, and not ours.
        skipLibCheck: true,
      };
      await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['examples'] }));
      expect(await project.bin('tsc')).toEqual({ code: 0, output: '' });
      const vite = join(project.folder, 'node_modules/.bin/vite');
      // The tests' own NODE_ENV would make it a build for development.
      expect(await project.runWith({ NODE_ENV: 'production' }, vite, 'build')).toMatchObject({ code: 0 });
      const assets = join(project.folder, 'dist/assets');
      const files = await readdir(assets);
      const built = (await Promise.all(files.map((name) => readFile(join(assets, name), 'utf8')))).join('\n');
      const found = ['/v1/me/grants', 'Claude Code', 'mockServiceWorker'].filter((text) =>
        built.includes(text),
      );
      expect(found).toEqual(['/v1/me/grants']);
    } finally {
      await project.delete();
    }
  });
});

describe('the packed SDK, installed into a TypeScript project', () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create('typescript', [...TYPESCRIPT, ...REACT, '@types/react-dom', 'msw', 'zod']);
    await addExamples(project);
    await project.copy('vite/src');
  });
  afterAll(() => project.delete());

  /** Compiles the project, the declarations of the SDK included. Gives what the compiler says. */
  async function compile(options: object, include = ['**/*']): Promise<Outcome> {
    const shared = {
      strict: true,
      target: 'es2022',
      lib: ['es2023', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
    };
    const compilerOptions = { ...shared, types: ['node'], ...options };
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include }));
    return project.bin('tsc');
  }

  it('compiles with moduleResolution bundler, and so does every example of the README', async () => {
    const options = { module: 'esnext', moduleResolution: 'bundler', noEmit: true };
    expect(await compile(options)).toEqual({ code: 0, output: '' });
  });

  it('compiles with module nodenext, and calls every operation, its answers read by Zod', async () => {
    expect(await compile({ module: 'nodenext' })).toEqual({ code: 0, output: '' });
    expect(printed(await project.runWith({ SETTING }, process.execPath, 'main.js'))).toEqual({
      foundAll: true,
      gotFirst: true,
      requestId: true,
      revoked: true,
      checkedBody: true,
      revokedMany: true,
      revokedMine: true,
      revokedNewest: true,
      userScopes: true,
      error: true,
    });
  });

  it('compiles to CommonJS too, with the types that the peers have there, and runs', async () => {
    // The declarations of MSW itself do not compile with node16.
    const options = { module: 'node16', skipLibCheck: true };
    expect(await compile(options, ['required.cts'])).toEqual({ code: 0, output: '' });
    expect(printed(await project.run(process.execPath, 'required.cjs'))).toEqual(['Me grants', 2]);
  });

  it('takes undefined for whatever may be left out, with exactOptionalPropertyTypes', async () => {
    // TanStack Query's own declarations do not compile so, nor what spreads its options.
    const options = {
      module: 'nodenext',
      noEmit: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
    };
    expect(await compile(options, ['*.ts', 'examples/*.ts'])).toEqual({ code: 0, output: '' });
  });

  it('refuses a wrong filter, a wrong status and a missing verification id', async () => {
    const source = await readFile(join(project.folder, 'types.ts'), 'utf8');
    await project.write('types.ts', source.replaceAll('// @ts-expect-error', '//'));
    // TanStack Query's own types do not compile with exactOptionalPropertyTypes; the core's do.
    const options = { module: 'nodenext', noEmit: true, exactOptionalPropertyTypes: true };
    const { output } = await compile(options, ['types.ts', 'main.ts', 'examples/*.ts']);
    const errors = output.split('\n').filter((line) => /^\S/.test(line));
    expect(errors.filter((line) => !line.startsWith('types.ts'))).toEqual([]);
    expect(errors).toHaveLength(source.split('// @ts-expect-error').length - 1);
    expect(output).toContain("Property ''logto-verification-id'' is missing");
  });
});

/** An example of the README. `name` is what its first line calls its file, if it does. */
interface Example {
  name: string | undefined;
  extension: string;
  code: string;
}

async function readExamples(): Promise<Example[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  return [...readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, extension = '', code = '']) => {
    const [, name] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? [];
    return { name, extension, code };
  });
}

/** Writes the examples that have no name, each as a file of its own; those that do not make a `grantkeeper` are given one. */
async function addExamples(project: Project): Promise<void> {
  const given = "declare const grantkeeper: import('@grantkeeper/sdk').Grantkeeper;\nexport {};\n";
  for (const [index, { name, extension, code }] of (await readExamples()).entries()) {
    if (name !== undefined) continue;
    const needsOne = code.includes('grantkeeper.') && !code.includes('const grantkeeper =');
    await project.write(`examples/${index}.${extension}`, needsOne ? given + code : code);
  }
}

/** Writes the examples that have a name, under it. */
async function addNamedExamples(project: Project): Promise<void> {
  for (const { name, code } of await readExamples()) {
    if (name !== undefined) await project.write(`examples/${name}`, code);
  }
}
