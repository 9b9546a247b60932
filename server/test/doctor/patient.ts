import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { connectNamed } from '../../src/database/connecting.ts';
import { type CheckReport, examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';

/** Nothing listens there. */
export const NOWHERE = 'mongodb://127.0.0.1:9/grants?appName=nowhere';

/** What makes up a production deployment, as far as it is not under test. */
const PRODUCTION = {
  NODE_ENV: 'production',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'https://grants.example',
  AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks',
};

interface Options {
  clock?: () => Date;
  full?: boolean;
}

/** Examines a production deployment with these variables. */
export async function examined(
  env: Record<string, string>,
  { clock = () => new Date(), full = false }: Options = {},
): Promise<CheckReport[]> {
  const config = readConfig({ ...PRODUCTION, MONGODB_URI: NOWHERE, ...env });
  const connect = async () => {
    const { mongodbUri = NOWHERE } = config;
    // The driver would look for it for seconds.
    if (mongodbUri.endsWith('nowhere')) throw new Error('nothing answers there');
    const database = await connectNamed(mongodbUri);
    onTestFinished(() => database.close());
    return database;
  };
  return examine({ config, connect, clock, full });
}

/** The findings of that. */
export async function findingsOf(env: Record<string, string>, options?: Options): Promise<Finding[]> {
  return (await examined(env, options)).flatMap(({ findings }) => findings);
}

/** A web server of somebody else, on loopback; it ends with the test. Returns its address. */
export async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
