import { type Case, IT_WRITES } from '../case.ts';
import type { Call, Client } from '../client.ts';
import { type Inputs, TOKENS } from '../inputs.ts';
import {
  type ArazzoDocument,
  operationOf,
  parametersOf,
  requiredInputs,
  type Step,
  type Workflow,
} from './arazzo.ts';
import { holds, resolved, type Surroundings } from './expressions.ts';

export interface WorkflowOptions {
  inputs: Inputs;
  /** Whether the server has the demo's data. */
  hasDemoData: boolean;
}

/** Why a workflow cannot be run; undefined if it can. */
export function reasonToSkip(
  client: Client,
  document: ArazzoDocument,
  workflow: Workflow,
  { inputs, hasDemoData }: WorkflowOptions,
): string | undefined {
  const required = requiredInputs(document, workflow);
  const missing = required.filter((name) => inputs[name] === undefined);
  if (missing.length > 0) return `no ${missing.join(', ')} was given`;
  // The one token of a run may do more than a person's: a workflow across documents would find that a difference.
  const stronger = document.sourceDescriptions
    .map(({ name }) => TOKENS[name].own)
    .find((name) => name !== 'person_token' && inputs[name] === inputs.person_token);
  if (stronger !== undefined && required.includes('person_token')) return `person_token is the ${stronger}`;
  if (workflow['x-demo-data'] && !hasDemoData) return 'it needs the data of the demo (--demo-data)';
  const writes = workflow.steps.some((step) => !client.mayCall(client.operation(operationOf(step))));
  return writes ? IT_WRITES : undefined;
}

/** Runs the steps of a workflow, and ends where one fails: the steps after it depend on it. */
export async function runWorkflow(
  client: Client,
  test: Case,
  {
    document,
    workflow,
    inputs,
  }: { document: ArazzoDocument; workflow: Workflow; inputs: Record<string, string> },
): Promise<void> {
  const around: Surroundings = { inputs, steps: {} };
  for (const step of workflow.steps) {
    const answer = await client.call(test, operationOf(step), callOf(document, workflow, step, around));
    around.response = answer;
    const broken = step.successCriteria.filter((criterion) => !holds(criterion, around));
    if (broken.length > 0) {
      const conditions = broken.map(({ condition }) => condition).join(' and ');
      client.differs(test, answer, `step ${step.stepId}: a ${answer.status} that breaks ${conditions}`);
      return;
    }
    around.steps[step.stepId] = Object.fromEntries(
      Object.entries(step.outputs ?? {}).map(([name, expression]) => [name, resolved(expression, around)]),
    );
  }
}

function callOf(document: ArazzoDocument, workflow: Workflow, step: Step, around: Surroundings): Call {
  const parameters = parametersOf(document, workflow, step);
  const sent = (where: string) =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === where)
        .map(({ name, value }) => [name, String(resolved(value, around))]),
    );
  const { Authorization: authorization, ...headers } = sent('header');
  return {
    path: sent('path'),
    query: sent('query'),
    headers,
    body: step.requestBody && resolved(step.requestBody.payload, around),
    token: authorization?.replace(/^Bearer /, '') ?? null,
    withoutRecord: true,
  };
}
