import { fileURLToPath } from 'node:url';
import { dereference } from '@apidevtools/json-schema-ref-parser';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The documents that a server may claim to serve. */
export const DOCUMENTS = ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

/** The folder of bundled documents and workflows: packing puts it beside the compiled code. */
export const OPENAPI = new URL(
  import.meta.url.endsWith('.ts') ? '../../../openapi/' : 'openapi/',
  import.meta.url,
);

/** As much of JSON Schema as our documents use for what is sent. */
export interface Schema {
  type?: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  oneOf?: Schema[];
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header';
  required?: boolean;
  schema: Schema;
}

interface DocumentedResponse {
  headers?: Record<string, { required?: boolean; schema: Schema }>;
  content?: Record<string, { schema: Schema; 'x-lines-of'?: string }>;
}

interface OperationObject {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: { 'application/json': { schema: Schema } } };
  responses: Record<string, DocumentedResponse>;
}

interface Document {
  info: { description: string };
  paths: Record<string, Record<string, OperationObject>>;
}

/** One operation as its document describes it, with every reference resolved. */
export interface Operation extends OperationObject {
  document: DocumentName;
  method: string;
  template: string;
  /** The status of each error that its document names. */
  errors: ReadonlyMap<string, number>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** A row of the table of errors in a document's description: its name and its status. */
const ERROR_ROW = /^\| `([\w.-]+)` \| (\d{3}) \|/gm;

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

/** What is wrong with the text of a parameter or a header; undefined if nothing is. */
export function faultOfText(schema: Schema, text: string): string | undefined {
  if (text === '') return ' is empty';
  if (schema.type === 'integer') {
    return /^-?\d+$/.test(text) ? faultOf(schema, Number(text)) : ' is not a whole number';
  }
  if (schema.type === 'boolean') return /^(true|false)$/.test(text) ? undefined : ' is not a boolean';
  return faultOf(schema, text);
}

/** Reads every operation of the bundled documents. */
export async function readOperations(documents: readonly DocumentName[] = DOCUMENTS): Promise<Operation[]> {
  const read = await Promise.all(documents.map(operationsOf));
  return read.flat();
}

async function operationsOf(document: DocumentName): Promise<Operation[]> {
  const file = fileURLToPath(new URL(`bundled/${document}.json`, OPENAPI));
  const { info, paths } = await dereference<Document>(file);
  const errors = new Map(
    [...info.description.matchAll(ERROR_ROW)].map(([, name = '', status]) => [name, Number(status)]),
  );
  return Object.entries(paths).flatMap(([template, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ ...operation, document, method: method.toUpperCase(), template, errors }] : [];
    }),
  );
}

/** The error schema that all operations of the document share. */
export function errorSchemaOf({ responses }: Operation): Schema {
  const [content] = Object.values(responses['401']?.content ?? {});
  if (!content) throw new Error('every operation documents its 401');
  return content.schema;
}
