import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { DOCUMENTS, type DocumentName, OPENAPI } from '../documents.ts';

/** A parameter of a step or of all steps of a workflow. */
export type StepParameter =
  | { in: 'path' | 'query' | 'header'; name: string; value: unknown }
  | { reference: string };

export interface Criterion {
  condition: string;
  context?: string;
  type?: 'simple' | 'jsonpath' | 'regex';
}

export interface Step {
  stepId: string;
  operationId: string;
  parameters?: StepParameter[];
  requestBody?: { contentType: string; payload: unknown };
  successCriteria: Criterion[];
  outputs?: Record<string, string>;
}

export interface Workflow {
  workflowId: string;
  /** Whether its steps name what only the demo has. */
  'x-demo-data'?: boolean;
  inputs?: { $ref: string };
  parameters?: StepParameter[];
  steps: Step[];
}

interface Components {
  inputs?: Record<string, { required: string[] }>;
  parameters?: Record<string, StepParameter>;
}

/** A file of workflows: what of the Arazzo Specification 1.0.1 ours use. */
export interface ArazzoDocument {
  /** The file's name, without its ending. */
  name: string;
  sourceDescriptions: { name: DocumentName }[];
  workflows: Workflow[];
  components?: Components;
}

/** Reads the workflows that come with the documents. */
export async function readWorkflows(): Promise<ArazzoDocument[]> {
  const folder = new URL('workflows/', OPENAPI);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.arazzo.yaml')).toSorted();
  return await Promise.all(
    names.map(async (name) => {
      const document: Omit<ArazzoDocument, 'name'> = parse(await readFile(new URL(name, folder), 'utf8'));
      return { name: name.replace('.arazzo.yaml', ''), ...document };
    }),
  );
}

/** The names of the inputs that a workflow requires. */
export function requiredInputs({ components }: ArazzoDocument, { inputs }: Workflow): string[] {
  if (!inputs) return [];
  const name = inputs.$ref.replace('#/components/inputs/', '');
  const found = components?.inputs?.[name];
  if (!found) throw new Error(`there are no inputs ${inputs.$ref}`);
  return found.required;
}

/** The parameters of a step: those of its workflow, and its own, which come first where both name the same. */
export function parametersOf(
  { components }: ArazzoDocument,
  workflow: Workflow,
  step: Step,
): Exclude<StepParameter, { reference: string }>[] {
  const all = [...(workflow.parameters ?? []), ...(step.parameters ?? [])].map((parameter) => {
    if (!('reference' in parameter)) return parameter;
    const found = components?.parameters?.[parameter.reference.replace('$components.parameters.', '')];
    if (!found || 'reference' in found) throw new Error(`there is no parameter ${parameter.reference}`);
    return found;
  });
  return [...new Map(all.map((one) => [`${one.in} ${one.name}`, one])).values()];
}

/** The operation that a step calls: `$sourceDescriptions.<document>.<operationId>`. */
export function operationOf({ operationId }: Step): string {
  const [, document, id] = /^\$sourceDescriptions\.([\w-]+)\.(\w+)$/.exec(operationId) ?? [];
  if (!id || !DOCUMENTS.some((one) => one === document)) throw new Error(`a step calls ${operationId}`);
  return id;
}
