import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import fc from 'fast-check';
import pMap from 'p-map';
import { pino } from 'pino';
import { readOperations } from '../../sdk/contract-tests/src/documents.ts';
import type { RawRequest } from '../../sdk/contract-tests/src/exchange.ts';
import type { Mutation } from '../../sdk/contract-tests/src/requests/mutations.ts';
import { read } from '../../sdk/contract-tests/src/requests/reading.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../../server/src/database/embedded/start.ts';
import { startServer, untilReady } from '../processes/server-process.ts';
import { wholeNumber } from '../processes/whole-number.ts';
import { mutations } from './http-mutations.ts';
import { type Exchange, judge } from './judge.ts';
import { draftsOf, type Previews, rawRequestOf, TO_PREVIEW } from './requests.ts';
import { AUDIENCE, type Credential, makeCredentials, mayUse } from './tokens.ts';
import { bytesOf, send } from './wire.ts';
import { fill, startIssuer, suspendAll } from './world.ts';

/** How many requests are in flight at once. */
const CONCURRENCY = 8;
/** How many requests are generated at a time. */
const BATCH = 500;

const { requests: count, seed } = new Command('npm run test:fuzz --')
  .description(
    'Sends generated requests, valid by the documents and broken in every way we know, over raw sockets to a server in ' +
      'production mode, and checks every response against the documents. The same seed makes the same requests. ' +
      'Prints each kind of fault with a request that shows it, and exits with 1 if there is any.',
  )
  .option('--requests <number>', 'how many', wholeNumber, 10_000)
  .option('--seed <number>', 'where the random numbers begin', wholeNumber, 20_261_125)
  .parse()
  .opts();

const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-fuzz-'));
const issuer = await startIssuer();
const mongo = await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
try {
  const uri = new URL('fuzz', mongo.uri).href;
  const database = await connectDatabase(uri);
  await fill(database.collections, seed, new Date());
  await suspendAll(database.collections);
  await database.close();
  const server = await startServer({
    NODE_ENV: 'production',
    MONGODB_URI: uri,
    DATA_DIR: folder,
    RATE_LIMITS: 'off',
    MAX_IN_FLIGHT: '1000',
    AUTH_ISSUER: issuer.issuer,
    AUTH_AUDIENCE: AUDIENCE,
    AUTH_JWKS_URI: `${issuer.issuer}/jwks`,
  });
  await untilReady(server);
  process.exitCode = await fuzz(Number(new URL(server.url).port));
  const { stdout } = await server.stop();
  const errors = stdout
    .split('\n')
    .filter((line) => line.includes('"level":50') && !line.includes('/readyz'));
  if (errors.length > 0)
    process.stdout.write(`what the server logged of it:\n${errors.slice(0, 5).join('\n')}\n`);
} finally {
  await mongo.stop();
  await issuer.stop();
  await rm(folder, { recursive: true });
}

async function fuzz(port: number): Promise<number> {
  const operations = await readOperations();
  const credentials = await makeCredentials(issuer);
  const spoilt = fc.record({
    draft: draftsOf(operations, credentials, await previewsOf(port, credentials)),
    changes: fc.oneof(
      { weight: 1, arbitrary: fc.constant<Mutation[]>([]) },
      { weight: 2, arbitrary: fc.array(mutations, { minLength: 1, maxLength: 2 }) },
    ),
  });
  const faults = new Map<string, { times: number; example: string }>();
  const met = new Map<string, { good: number; bad: number }>();

  for (let batch = 0; batch * BATCH < count; batch += 1) {
    const numRuns = Math.min(BATCH, count - batch * BATCH);
    await pMap(
      fc.sample(spoilt, { seed: seed + batch, numRuns }),
      async ({ draft, changes }) => {
        const request = changes.reduce((one, change) => change.apply(one), rawRequestOf(draft));
        const reading = read(request, operations);
        const exchange: Exchange = {
          request,
          reading,
          credential: draft.credential,
          isCredentialIntact: isIntact(request, draft.credential),
          isUnspoilt: changes.length === 0,
          response: undefined,
        };
        const found = await answered(port, exchange).then(
          () => judge(exchange, operations),
          (error: Error) => [error.message],
        );
        for (const fault of found) {
          const kind = `${reading.operation?.operationId ?? 'elsewhere'}: ${fault}`.slice(0, 160);
          const known = faults.get(kind);
          const example = `${changes.map(({ name }) => name).join(', ') || 'unspoilt'}\n${printed(request)}`;
          faults.set(kind, { times: (known?.times ?? 0) + 1, example: known?.example ?? example });
        }
        const status = exchange.response?.status ?? 0;
        const name = reading.operation?.operationId ?? 'elsewhere';
        const seen = met.get(name) ?? { good: 0, bad: 0 };
        met.set(name, status < 400 ? { ...seen, good: seen.good + 1 } : { ...seen, bad: seen.bad + 1 });
      },
      { concurrency: CONCURRENCY },
    );
  }
  return report(
    faults,
    met,
    operations.map(({ operationId }) => operationId),
  );
}

/** Asks for a preview with every credential that may. */
async function previewsOf(port: number, credentials: Credential[]): Promise<Previews> {
  const previews = new Map<Credential, string>();
  for (const credential of credentials) {
    const { authorization, isGood, claims } = credential;
    if (!isGood || authorization === undefined || !mayUse('oauth-grants', claims)) continue;
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/oauth-grants/revoke`, {
      method: 'POST',
      headers: { Authorization: authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify(TO_PREVIEW),
    });
    if (!response.ok) throw new Error(`no preview for ${credential.name}: ${await response.text()}`);
    const { preview_token }: { preview_token: string } = JSON.parse(await response.text());
    previews.set(credential, preview_token);
  }
  return previews;
}

async function answered(port: number, exchange: Exchange): Promise<void> {
  exchange.response = await send(port, exchange.request);
}

function isIntact({ headers }: RawRequest, { authorization }: Credential): boolean {
  const sent = headers.filter(([name]) => name === 'Authorization').map(([, value]) => value);
  return authorization === undefined ? sent.length === 0 : sent.length === 1 && sent[0] === authorization;
}

/** A request as sent, shortened and with tokens redacted. */
function printed(request: RawRequest): string {
  return bytesOf(request)
    .toString('latin1')
    .replace(/(Bearer [\w-]{6})\S*/g, '$1…')
    .slice(0, 1_500);
}

function report(
  faults: Map<string, { times: number; example: string }>,
  met: Map<string, { good: number; bad: number }>,
  operationIds: string[],
): number {
  const lines = [...met].map(([name, { good, bad }]) => `  ${name}: ${good} answered, ${bad} refused`);
  process.stdout.write(`${count} requests, seed ${seed}\n${lines.join('\n')}\n`);
  // A run that only ever got errors would find no fault either.
  const unmet = operationIds.filter((id) => !met.get(id)?.good || !met.get(id)?.bad);
  if (unmet.length > 0) process.stdout.write(`never both answered and refused: ${unmet.join(', ')}\n`);
  for (const [kind, { times, example }] of faults) {
    process.stdout.write(`\n${times} × ${kind}\n${example.replace(/^/gm, '    ')}\n`);
  }
  process.stdout.write(`\n${faults.size} kinds of faults\n`);
  return faults.size > 0 || unmet.length > 0 ? 1 : 0;
}
