import { CannotRun } from './cannot-run.ts';
import { Case, CaseEnded, IT_WRITES } from './case.ts';
import { firstChecks, LATER_CHECKS } from './checks/all.ts';
import type { Check } from './checks/check.ts';
import { Client } from './client.ts';
import { DOCUMENTS, type DocumentName, type Operation, readOperations } from './documents.ts';
import { sendGenerated } from './generated.ts';
import { type Inputs, inputsOf, TOKENS } from './inputs.ts';
import { Redaction } from './redaction.ts';
import { KnownValues } from './requests/known-values.ts';
import { toRequest } from './requests/parts.ts';
import { Sender } from './send.ts';
import { readWorkflows } from './workflows/arazzo.ts';
import { reasonToSkip, runWorkflow } from './workflows/run-workflow.ts';

export { CannotRun };

export interface RunOptions {
  /** The server's address, with the path that comes before those of the documents, if there is one. */
  url: string;
  /** The access token of every document whose own is not among `inputs`. */
  token?: string | undefined;
  /**
   * What workflows name as inputs: tokens such as `account_admin_token`, `other_account_admin_token`, `person_token` and
   * `management_token`, and the `verification_id` of My account grants; also the `project_admin_token` of an admin of one
   * project, tokens of the person that were issued to apps (`third_party_token`, `unregistered_token`,
   * `first_party_token`), and the `application_id` of an application, for User consent scopes.
   */
  inputs?: Inputs;
  /** Which documents; by default all that the server answers. */
  documents?: DocumentName[];
  /** Whether requests other than `GET` may be sent. They revoke grants. */
  allowWrites?: boolean;
  /** Whether the server has the demo's data, which some workflows need. */
  hasDemoData?: boolean;
  /** How many generated requests, 500 by default. */
  requests?: number;
  /** Where the random numbers begin, 1 by default. */
  seed?: number;
  /** Runs only the cases whose name matches. */
  only?: RegExp;
  /** How long an answer may take, in milliseconds: 10,000 by default. */
  timeoutMs?: number;
}

/**
 * Tests whether a server does what the documents say. It only reads, unless it is allowed to write.
 *
 * @returns every case; those with differences are where the server differs from its document
 * @throws CannotRun if the server cannot be reached, serves none of the documents, a token is missing, or `only` matches
 *   no case
 */
export async function runContractTests(options: RunOptions): Promise<Case[]> {
  const { inputs: given = {}, token, timeoutMs = 10_000, allowWrites = false, only = /(?:)/ } = options;
  const inputs = inputsOf(given, token);
  const { application_id, ...secrets } = inputs;
  const sender = new Sender(new URL(options.url), { timeoutMs, mayWrite: allowWrites });
  try {
    const documents = await served(sender, options.documents);
    const missing = documents.filter((document) => inputs[TOKENS[document].own] === undefined);
    if (missing.length > 0) throw new CannotRun(`give a token for ${missing.join(', ')}`);
    const client = new Client({
      sender,
      redaction: new Redaction({ contract_tests_token: token, ...secrets }),
      operations: await readOperations(documents),
      tokenOf: (document) => inputs[TOKENS[document].own],
      verificationId: inputs.verification_id,
    });
    const known = new KnownValues();
    known.learn({ applicationId: application_id, 'logto-verification-id': inputs.verification_id });
    const checks = firstChecks(documents);
    const run = (some: Check[]) => runChecks(client, some, { documents, known, inputs, allowWrites, only });
    const cases = [
      ...(await run(checks.filter(({ writes }) => !writes))),
      ...(await runWorkflows(client, documents, { inputs, only, hasDemoData: options.hasDemoData ?? false })),
      ...(await run([...checks.filter(({ writes }) => writes), ...LATER_CHECKS])),
      ...(await sendGenerated(client, {
        known,
        only,
        count: options.requests ?? 500,
        seed: options.seed ?? 1,
        partTokens: [inputs.person_token, inputs.project_admin_token].filter((one) => one !== undefined),
      })),
    ];
    if (cases.length === 0) throw new CannotRun(`no case has a name that matches ${only}`);
    return cases;
  } finally {
    sender.close();
  }
}

/** The documents to test: those asked for, else those whose list refuses a request without a token. */
async function served(sender: Sender, asked: DocumentName[] | undefined): Promise<DocumentName[]> {
  const found: DocumentName[] = [];
  for (const document of DOCUMENTS) {
    const list = (await readOperations([document])).find(({ method }) => method === 'GET');
    if (!list) throw new Error(`${document} has nothing to read`);
    const { status } = await sender.send(probeOf(list, sender.host)).catch((error: Error) => {
      throw new CannotRun(`the server cannot be reached: ${error.message}`);
    });
    // Where there is nothing at the path, the answer is no 401, whatever else it is.
    if (![404, 405].includes(status)) found.push(document);
  }
  if (asked) return asked;
  if (found.length === 0) throw new CannotRun('the server serves none of the documents at this address');
  return found;
}

function probeOf({ method, template }: Operation, host: string) {
  const segments = template.split('/').map((part) => part.replace(/^\{\w+\}$/, 'contract-tests'));
  return toRequest({ method, segments, query: [], headers: [], body: undefined }, [['Host', host]]);
}

async function runChecks(
  client: Client,
  checks: Check[],
  options: {
    documents: DocumentName[];
    known: KnownValues;
    inputs: Inputs;
    allowWrites: boolean;
    only: RegExp;
  },
): Promise<Case[]> {
  const { documents, known, inputs, allowWrites, only } = options;
  const { person_token: memberToken, project_admin_token: projectAdminToken } = inputs;
  const cases: Case[] = [];
  for (const { document, name, writes, run } of checks) {
    if (!documents.includes(document) || !only.test(name)) continue;
    const { other } = TOKENS[document];
    const otherToken = other === undefined ? undefined : inputs[other];
    const context = { client, known, otherToken, memberToken, projectAdminToken, inputs };
    const runOne = async (test: Case) => {
      if (writes && !allowWrites) test.skip(IT_WRITES);
      await run(test, context);
    };
    cases.push(await runCase(document, name, runOne));
  }
  return cases;
}

async function runWorkflows(
  client: Client,
  documents: DocumentName[],
  options: { inputs: Inputs; hasDemoData: boolean; only: RegExp },
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const document of await readWorkflows()) {
    if (!document.sourceDescriptions.every(({ name }) => documents.includes(name))) continue;
    for (const workflow of document.workflows) {
      const name = `workflow ${workflow.workflowId}`;
      if (!options.only.test(name)) continue;
      const run = async (test: Case) => {
        const reason = reasonToSkip(client, document, workflow, options);
        if (reason !== undefined) test.skip(reason);
        await runWorkflow(client, test, { document, workflow, inputs: options.inputs });
      };
      cases.push(await runCase(document.name, name, run));
    }
  }
  return cases;
}

async function runCase(suite: string, name: string, run: (test: Case) => Promise<void>): Promise<Case> {
  const test = new Case(suite, name);
  const start = performance.now();
  await run(test).catch((error: Error) => {
    if (!(error instanceof CaseEnded)) throw error;
  });
  test.seconds = (performance.now() - start) / 1_000;
  return test;
}
