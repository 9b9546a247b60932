import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../../../scripts/contract/demo-server.ts';
import type { Case } from '../src/case.ts';
import { type RunOptions, runContractTests } from '../src/run.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { mutantsWith } from './mutants.ts';

/* The real server behind a proxy that does one thing wrong at a time. */

/** Few: the checks alone find most of it. */
const REQUESTS = 40;
/** Of OAuth Grants; its other cases take the longest, and find only what they are for. */
const SHORT = /^(?:a list has the grants of|every|a grant|a parameter|a request|workflow|generated)/;
const NAMES = mutants({}).map(({ name }) => name);

function mutants(inputs: Record<string, string>) {
  const { account_admin_token: own = '', other_account_admin_token: other = '' } = inputs;
  const { person_token: person = '', project_admin_token: projectAdmin = '', verification_id = '' } = inputs;
  return mutantsWith({ own, other, person, projectAdmin, verificationId: verification_id });
}

let server: DemoServer;
let proxy: FaultyProxy;
let url: string;

beforeAll(async () => {
  server = await startDemoServer();
  proxy = new FaultyProxy(server.url);
  url = await proxy.start();
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
});

const run = (options: Partial<RunOptions>) =>
  runContractTests({ url, inputs: server.inputs, requests: REQUESTS, timeoutMs: 60_000, ...options });

function differencesOf(cases: Case[]): string[] {
  return cases.flatMap(({ differences }) =>
    differences.map(({ operationId, fault, command }) => `${operationId}: ${fault}\n${command}`),
  );
}

it('finds nothing wrong with the server itself, and only reads', async () => {
  proxy.fault = {};
  proxy.methods.clear();
  expect(differencesOf(await run({}))).toEqual([]);
  expect([...proxy.methods]).toEqual(['GET']);
});

it('repeats a request that a server has too many of', async () => {
  let refusals = 0;
  proxy.fault = {
    instead(sent) {
      if (!sent.headers.has('authorization') || refusals === 2) return undefined;
      refusals += 1;
      return { status: 429, headers: new Headers({ 'retry-after': '0' }), body: '' };
    },
  };
  expect(differencesOf(await run({ documents: ['me-grants'], requests: 0 }))).toEqual([]);
  expect(refusals).toBe(2);
});

it('has more than fifty mutants', () => {
  expect(new Set(NAMES).size).toBeGreaterThan(50);
});

it.each(NAMES)('finds a server that %s, and gives no secret away', async (name) => {
  const mutant = mutants(server.inputs).find((one) => one.name === name);
  proxy.fault = mutant ?? {};
  const short = mutant?.options?.documents ? {} : { documents: ['oauth-grants' as const], only: SHORT };
  const found = differencesOf(await run({ ...short, ...mutant?.options })).join('\n');
  expect(found).toMatch(mutant?.found ?? /^$/);
  expect(found).toContain('curl ');
  for (const secret of Object.values(server.inputs)) expect(found).not.toContain(secret);
});
