import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { EVERY_CALL, startDemo } from '../../sdk/test/packed/demo.ts';
import { Workerd } from '../../sdk/test/packed/workerd.ts';
import { listen } from '../../server/src/http/listen.ts';
import { ProgramProject } from './project.ts';
import { RUNTIMES } from './runtimes.ts';

/*
 * Runs one program on the packed SDK, against a real server, in every runtime of the SDK's README, and prints its table.
 * The runtimes come from npm when this runs; they are too large to be dependencies.
 */

/** What the program comes to. */
const EXPECTED = { ...EVERY_CALL, queried: true, aborted: 'AbortError' };

const rows: [runtime: string, version: string, outcome: string][] = [];

/** Adds a row for a runtime, whatever happens there. */
async function tryOut(name: string, version: () => Promise<string>, run: () => Promise<string>) {
  const found = await version().catch(() => 'unknown');
  const outcome = await run().catch((error: Error) => {
    console.error(`\n${name}: ${error.message}\n`);
    process.exitCode = 1;
    return '**fails**';
  });
  console.log(`${name} ${found}: ${outcome}`);
  rows.push([name, found, outcome]);
}

function checked(outcome: unknown): string {
  if (isDeepStrictEqual(outcome, EXPECTED)) return 'runs';
  throw new Error(`it came to ${JSON.stringify(outcome)}`);
}

/** Takes requests, and never answers. */
const silent = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
const project = await ProgramProject.create();
const demo = await startDemo();
const SETTING = JSON.stringify({ ...demo.setting, silentUrl: silent.url });
try {
  for (const runtime of RUNTIMES) {
    const npx = (command: string[], env = {}) =>
      project.run(env, 'npx', '--yes', `--package=${runtime.package}`, '--', ...command);
    await tryOut(
      runtime.name,
      async () => /\d+(\.\d+)+/.exec(await npx(runtime.version))?.[0] ?? '',
      async () => checked(JSON.parse(await npx(runtime.run, { SETTING }))),
    );
  }
  await tryOut(
    'Cloudflare Workers (`workerd`)',
    async () => createRequire(import.meta.resolve('../../sdk/package.json'))('workerd/package.json').version,
    async () => {
      const runtime = await Workerd.start(project.folder, SETTING);
      try {
        for (const url of runtime.urls) checked(await (await fetch(url)).json());
        return 'runs';
      } finally {
        await runtime.stop();
      }
    },
  );
  await tryOut(
    'Hermes (React Native)',
    async () => project.versionOf('hermes-compiler'),
    async () => {
      await project.compileForHermes();
      return 'compiles';
    },
  );
} finally {
  await demo.stop();
  await project.delete();
  await silent.close();
}

console.log('\n| runtime | version | outcome |\n| --- | --- | --- |');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
console.log(`\nOn ${process.platform} ${process.arch}.`);
