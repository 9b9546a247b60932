import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { TcpProxy } from '../../scripts/faults/tcp-proxy.ts';
import { startServer, untilReady } from '../../scripts/processes/server-process.ts';
import { useProcesses } from '../../scripts/processes/use-processes.ts';
import { readConfig } from '../src/config.ts';
import { openOwnIssuer } from '../src/http/own-issuer.ts';
import { ownDatabase } from './own-database.ts';
import { ACCOUNT_ADMIN, askGrants } from './processes.ts';

const folder = await useProcesses();

// A driver that finds the members of a replica set goes past the proxy.
it.skipIf(process.env.TEST_MONGODB_URI)(
  'SIGTERM ends a server in time though its database never answers',
  async () => {
    const uri = new URL(ownDatabase('stopping'));
    const port = Number(uri.port);
    const proxy = await TcpProxy.open(() => port);
    onTestFinished(() => proxy.close());
    uri.port = `${proxy.port}`;
    const env = { DATA_DIR: join(folder, 'stopping'), MONGODB_URI: uri.href };
    const server = await startServer(env);
    await untilReady(server);
    const { sign } = await openOwnIssuer(env.DATA_DIR, readConfig({}));
    const token = await sign(ACCOUNT_ADMIN, 600);
    proxy.hold('down', new Promise(() => undefined));
    // Stopped before the request reaches it, the server would have nothing to wait for.
    const inFlight = new Promise<void>((resolve) => {
      proxy.trap('up', 0, async () => resolve());
    });
    const asking = askGrants(server, token, '?limit=1').catch(() => undefined);
    await inFlight;
    const { code, stdout } = await server.stop();
    expect(stdout).toContain('stopped before all was finished');
    expect(code).toBe(1);
    await asking;
  },
);
