import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';

/**
 * Runs `every-call.js` of a project where there is nothing but the language and what is named here: no `process`, no
 * `Buffer`, no `crypto`, no `AbortSignal`, no streams. Node itself stays whole: its own `fetch` wants `Buffer`.
 *
 * @returns what the calls came to
 */
export async function callBare(folder: string, setting: string): Promise<unknown> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'every-call.js')],
    bundle: true,
    format: 'iife',
    globalName: 'calls',
    platform: 'browser',
    absWorkingDir: folder,
    write: false,
  });
  const surroundings = { fetch, Request, Response, Headers, AbortController, URL, setTimeout, clearTimeout };
  const run = `${outputFiles[0]?.text}; calls.callEverything(JSON.parse(setting)).then(JSON.stringify)`;
  return JSON.parse(await runInContext(run, createContext({ ...surroundings, setting })));
}
