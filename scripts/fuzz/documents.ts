import { dereference } from '@apidevtools/json-schema-ref-parser';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The documents under test. */
export const DOCUMENTS = ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  schema: { type?: string; enum?: string[]; minimum?: number; maximum?: number };
}

interface DocumentedResponse {
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, { schema: object }>;
}

interface OperationObject {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: { 'application/json': { schema: object } } };
  responses: Record<string, DocumentedResponse>;
}

/** One operation as its document describes it, with every reference resolved. */
export interface Operation extends OperationObject {
  document: DocumentName;
  method: string;
  template: string;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const ajv = new Ajv2020({ strict: false, validateSchema: false });
addFormats.default(ajv);
const compiled = new WeakMap<object, ValidateFunction>();

/** Whether a value fits a schema, by Ajv: shares nothing with the validation in the server. */
export function fits(schema: object, value: unknown): boolean {
  return faultOf(schema, value) === undefined;
}

/** What is wrong with a value by its schema; undefined if nothing is. */
export function faultOf(schema: object, value: unknown): string | undefined {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: '' });
}

/** Reads every operation of the bundled documents. */
export async function readOperations(): Promise<Operation[]> {
  const read = await Promise.all(DOCUMENTS.map(operationsOf));
  return read.flat();
}

async function operationsOf(document: DocumentName): Promise<Operation[]> {
  const file = new URL(`../../openapi/bundled/${document}.json`, import.meta.url).pathname;
  const { paths } = await dereference<{ paths: Record<string, Record<string, OperationObject>> }>(file);
  return Object.entries(paths).flatMap(([template, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ ...operation, document, method: method.toUpperCase(), template }] : [];
    }),
  );
}

/** The error schema that all operations of the document share. */
export function errorSchemaOf({ responses }: Operation): object {
  const [content] = Object.values(responses['401']?.content ?? {});
  if (!content) throw new Error('every operation documents its 401');
  return content.schema;
}
