import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { Browser } from './browser.ts';

const folder = await useProcesses();

/** Whether this process may listen there: many machines leave that to root, or have a server there. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return isListening;
}

test.runIf(await isFree(80))(
  'on port 80 everything calls the server by the address that browsers show',
  async () => {
    await startServer({ DATA_DIR: join(folder, randomUUID()), PORT: '80' });
    const metadata = await fetch('http://127.0.0.1/demo-idp/.well-known/openid-configuration');
    expect(JSON.parse(await metadata.text())).toMatchObject({
      issuer: 'http://127.0.0.1/demo-idp',
      token_endpoint: 'http://127.0.0.1/demo-idp/token',
    });
    const browser = await new Browser().open('http://127.0.0.1/demo-app/');
    await browser.press();
    await browser.press({ person: 'michael' });
    expect((await browser.press({ answer: 'allow' })).text).toMatch(/^Connected/);
    // The redirect URI of the pages has no port either.
    const asked = new URLSearchParams({
      client_id: 'demo_pages',
      redirect_uri: 'http://localhost/app/grants/',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    await browser.open(`http://127.0.0.1/demo-idp/auth?${asked}`);
    expect(browser.url.href).toMatch(/^http:\/\/localhost\/app\/grants\/\?code=/);
  },
);
