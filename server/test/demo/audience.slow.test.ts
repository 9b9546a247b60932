import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { API } from '../../src/demo/platform.ts';
import { Browser } from './browser.ts';

const folder = await useProcesses();

test('gives an app of others no token for our API, even if its audience is what the app asks for', async () => {
  const { url } = await startServer({ DATA_DIR: join(folder, randomUUID()), AUTH_AUDIENCE: API });
  const browser = await new Browser().open(`${url}/demo-app/`);
  await browser.press();
  expect([browser.url.pathname, browser.text]).toEqual([
    '/demo-app/',
    expect.stringMatching(/^That did not work/),
  ]);
});
