/** The parts of an OpenAPI 3.1 document that the portal reads. */
export interface OpenApi {
  info: { title: string; summary: string; description: string; version: string };
  servers: { url: string }[];
  security: SecurityRequirement[];
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema>; [kind: string]: Record<string, unknown> | undefined };
}

export type SecurityRequirement = Record<string, string[]>;

export interface Ref {
  $ref: string;
}

export interface RawOperation {
  operationId: string;
  summary: string;
  description: string;
  tags: [string];
  security?: SecurityRequirement[];
  parameters?: (Parameter | Ref)[];
  requestBody?: RequestBody | Ref;
  responses: Record<string, Answer | Ref>;
  'x-codeSamples'?: CodeSample[];
  'x-beyond-published'?: boolean;
}

export interface CodeSample {
  lang: string;
  label: string;
  source: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description: string;
  schema: Schema;
  example?: unknown;
  examples?: Record<string, Example>;
}

export interface Example {
  summary: string;
  value: unknown;
}

export interface Content {
  schema: Schema;
  examples: Record<string, Example>;
}

export interface RequestBody {
  description: string;
  required?: boolean;
  content: Record<string, Content>;
}

export interface Answer {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, Content>;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

/** What is at a reference within a document: `#/components/…`; anything else is given back as it is. */
export function resolve<T extends object>(document: OpenApi, value: T | Ref): T {
  if (!('$ref' in value) || typeof value.$ref !== 'string') return value as T;
  const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(value.$ref) ?? [];
  const found = document.components[kind]?.[name];
  if (typeof found !== 'object' || found === null) throw new Error(`there is nothing at ${value.$ref}`);
  return found as T;
}
