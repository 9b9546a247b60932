import fc from 'fast-check';
import pMap from 'p-map';
import { Case, CaseEnded } from './case.ts';
import type { Client } from './client.ts';
import type { Operation } from './documents.ts';
import type { KnownValues } from './requests/known-values.ts';
import { type Mutation, mutations } from './requests/mutations.ts';
import { partsOf, toRequest } from './requests/parts.ts';
import { read } from './requests/reading.ts';

/** How many requests are in flight at once. */
const CONCURRENCY = 4;

/**
 * Sends generated requests to every operation that may be called: a third as its document allows them, and others
 * spoilt in one way or two. The same seed and the same answers make the same requests.
 *
 * @param count how many requests, in all operations together
 * @param partTokens of callers who see a part of OAuth Grants: some requests to it are theirs
 */
export async function sendGenerated(
  client: Client,
  {
    known,
    count,
    seed,
    only,
    partTokens,
  }: { known: KnownValues; count: number; seed: number; only: RegExp; partTokens: string[] },
): Promise<Case[]> {
  const operations = client.operations.filter((one) => client.mayCall(one));
  if (count === 0) return [];
  const each = Math.ceil(count / operations.length);
  const cases: Case[] = [];
  for (const operation of operations) {
    const name = `generated requests to ${operation.operationId}`;
    if (!only.test(name)) continue;
    const test = new Case(operation.document, name);
    cases.push(test);
    const start = Date.now();
    const tokens =
      operation.document === 'oauth-grants' ? [undefined, undefined, ...partTokens] : [undefined];
    await sendTo(client, test, operation, { known, count: each, seed, tokens });
    test.seconds = (Date.now() - start) / 1_000;
  }
  return cases;
}

async function sendTo(
  client: Client,
  test: Case,
  operation: Operation,
  {
    known,
    count,
    seed,
    tokens,
  }: { known: KnownValues; count: number; seed: number; tokens: (string | undefined)[] },
): Promise<void> {
  const unknown = operation.parameters?.find(
    (one) => one.in === 'path' && !one.schema.enum && known.of(one.name).length === 0,
  );
  if (unknown) {
    test.skipped = `the server has shown no ${unknown.name}`;
    return;
  }
  const requests = fc.record({
    parts: partsOf(operation, known.ingredients()),
    changes: fc.oneof(
      { weight: 1, arbitrary: fc.constant<Mutation[]>([]) },
      { weight: 2, arbitrary: fc.array(mutations, { minLength: 1, maxLength: 2 }) },
    ),
  });
  const sendOne = async (
    { parts, changes }: { parts: Parameters<typeof toRequest>[0]; changes: Mutation[] },
    index: number,
  ) => {
    const first = client.headersFor(operation, tokens[index % tokens.length]);
    const request = changes.reduce((one, change) => change.apply(one), toRequest(parts, first));
    // A spoilt path may lead to another operation, or out of the documents.
    const { operation: meant, methods } = read(request, client.operations);
    if ((meant ?? methods) && client.mayCall(request))
      await client.send(test, meant ?? operation, request, changes.length === 0);
  };
  try {
    await pMap(fc.sample(requests, { seed, numRuns: count }), sendOne, { concurrency: CONCURRENCY });
  } catch (error) {
    if (!(error instanceof CaseEnded)) throw error;
  }
}
