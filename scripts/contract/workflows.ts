/**
 * `npm run contract`: runs the workflows in `openapi/workflows/` against its own server, and exits as they end. Source
 * descriptions are named after their documents, and their servers' addresses are replaced.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { onStopSignal } from '../../server/src/stop-signals.ts';
import { ROOT } from '../processes/server-process.ts';
import { startDemoServer } from './demo-server.ts';

const DOCUMENTS = 'openapi';
const WORKFLOWS = 'openapi/workflows';
/** Runs the workflows with Redocly; returns its exit code. */
async function respect(url: string, inputs: Record<string, string>): Promise<number> {
  const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
  const files = await filesIn(WORKFLOWS, '.arazzo.yaml');
  const servers = (await filesIn(DOCUMENTS, '.yaml'))
    .map((file) => `${basename(file, '.yaml')}=${url}`)
    .join();
  const child = spawn(process.execPath, [redocly, 'respect', ...files, '--server', servers], {
    cwd: ROOT,
    stdio: 'inherit',
    signal: stopping.signal,
    env: {
      ...process.env,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      REDOCLY_CLI_RESPECT_INPUT: JSON.stringify(inputs),
    },
  });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

/** A folder's files with this suffix, as paths from the root. */
async function filesIn(folder: string, suffix: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder));
  return names.filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`);
}

// When told to stop, end the workflows, but still stop the server and clean up.
const stopping = new AbortController();
onStopSignal(() => stopping.abort());

try {
  const { url, inputs, stop } = await startDemoServer();
  process.exitCode = await respect(url, inputs).finally(stop);
} catch (error) {
  console.error(`contract: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
