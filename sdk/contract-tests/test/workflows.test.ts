import { afterAll, expect, it } from 'vitest';
import { Client } from '../src/client.ts';
import { readOperations } from '../src/documents.ts';
import { Redaction } from '../src/redaction.ts';
import { Sender } from '../src/send.ts';
import { readWorkflows, requiredInputs } from '../src/workflows/arazzo.ts';
import { reasonToSkip } from '../src/workflows/run-workflow.ts';

/* Which workflows are skipped. Nothing is sent. */

const sender = new Sender(new URL('http://127.0.0.1:1'), { timeoutMs: 1_000, mayWrite: true });
afterAll(() => sender.close());
const client = new Client({
  sender,
  redaction: new Redaction({}),
  operations: await readOperations(),
  tokenOf: () => undefined,
  verificationId: undefined,
});
const all = (await readWorkflows()).flatMap((document) =>
  document.workflows.map((workflow) => ({
    document,
    workflow,
    id: workflow.workflowId,
    required: requiredInputs(document, workflow),
  })),
);
const reasons = (inputs: Record<string, string>) =>
  all.map(({ document, workflow, id }) => [
    id,
    reasonToSkip(client, document, workflow, { inputs, hasDemoData: true }),
  ]);

it('no workflow is skipped where each input is another', () => {
  const inputs = Object.fromEntries(all.flatMap(({ required }) => required).map((name) => [name, name]));
  expect(reasons(inputs).filter(([, reason]) => reason !== undefined)).toEqual([]);
});

it('what a person may not do is not tried with one token that may do everything', () => {
  const names = all.flatMap(({ required }) => required);
  const inputs = Object.fromEntries(names.map((name) => [name, name.startsWith('other') ? name : 'one']));
  expect(Object.fromEntries(reasons(inputs))).toMatchObject({
    'find-scopes': 'person_token is the management_token',
    'assign-nothing-by-mistake': 'person_token is the management_token',
    'revoke-in-me-grants': 'person_token is the account_admin_token',
    'revoke-one-grant': undefined,
    'disconnect-an-app': undefined,
  });
});
