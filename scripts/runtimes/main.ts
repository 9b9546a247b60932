import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { startDemo } from '../../sdk/test/packed/demo.ts';
import { Workerd } from '../../sdk/test/packed/workerd.ts';
import { ProgramProject } from './project.ts';
import { RUNTIMES } from './runtimes.ts';

/*
 * Runs one program on the packed SDK, against a real server, in every runtime of the SDK's README, and prints its table.
 * The runtimes come from npm when this runs; they are too large to be dependencies.
 */

/** What the program comes to. */
const EXPECTED = {
  foundAll: true,
  gotFirst: true,
  revoked: true,
  revokedMany: true,
  statuses: ['revoked', 'revoked'],
  listedMine: true,
  revokedMine: true,
  renewedOnce: true,
  listedAllowed: true,
  revokedAllowed: true,
  userScopes: ['profile'],
  error: [true, 400, 'invalid-request', 'grant_id'],
  namedRequest: true,
  queried: true,
  aborted: 'AbortError',
};

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
const silent = createServer((socket) => socket.on('error', () => socket.destroy()));
silent.listen(0, '127.0.0.1');
await once(silent, 'listening');
const address = silent.address();
if (typeof address !== 'object' || address === null) throw new Error('the server is not listening');

const project = await ProgramProject.create();
const demo = await startDemo();
const SETTING = JSON.stringify({
  ...JSON.parse(demo.setting),
  silentUrl: `http://127.0.0.1:${address.port}`,
});
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
  silent.close();
}

console.log('\n| runtime | version | outcome |\n| --- | --- | --- |');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
console.log(`\nOn ${process.platform} ${process.arch}.`);
