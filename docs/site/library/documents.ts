import { readFileSync } from 'node:fs';

/** The part of JSON Schema that is read here; the rest is passed through. */
export interface Schema {
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  uniqueItems?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  [keyword: string]: unknown;
}

export interface Example {
  summary: string;
  description?: string;
  value: unknown;
}

export interface Header {
  description: string;
  schema: Schema;
}

export interface Body {
  description?: string;
  headers?: Record<string, Header>;
  required?: boolean;
  content?: Record<string, { schema: Schema; examples?: Record<string, Example> }>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description: string;
  schema: Schema;
  example?: unknown;
}

/** An operation of a document, with every `$ref` resolved. */
export interface Operation {
  operationId: string;
  /** The document's name, for example `oauth-grants`. */
  document: string;
  documentTitle: string;
  server: string;
  tag: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** Any one of these scopes or permissions is enough; empty: any valid access token. */
  scopes: string[];
  parameters: Parameter[];
  requestBody: Body | undefined;
  responses: Record<string, Body>;
}

/** A bundled document: as published, and parsed. */
export interface ApiDocument {
  name: string;
  /** Who calls it, as a phrase after "For". */
  callers: string;
  title: string;
  version: string;
  summary: string;
  description: string;
  /** The OpenAPI document itself, as JSON. */
  source: string;
  operations: Operation[];
  schemas: [name: string, schema: Schema][];
}

/** A document's bundle with `$ref`s resolved, as far as it is read here. */
interface Bundle {
  info: { title: string; version: string; summary: string; description: string };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, BundledOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface BundledOperation {
  operationId: string;
  tags: [string];
  summary: string;
  description: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: Body;
  responses: Record<string, Body>;
}

const BUNDLES = new URL('../../../openapi/bundled/', import.meta.url);

/** The documents in display order, and who calls each. */
const CALLERS: [name: string, callers: string][] = [
  ['oauth-grants', 'members, project admins and account admins'],
  ['me-grants', 'a signed-in person'],
  ['account-grants', 'a signed-in person who has just verified again'],
  ['user-consent-scopes', 'the management API'],
];

/** Reads the bundled documents. */
export function readDocuments(): ApiDocument[] {
  return CALLERS.map(([name, callers]) => readDocument(name, callers));
}

function readDocument(name: string, callers: string): ApiDocument {
  const source = readFileSync(new URL(`${name}.json`, BUNDLES), 'utf8');
  const bundle: Bundle = resolveReferences(JSON.parse(source));
  return {
    name,
    callers,
    ...bundle.info,
    source,
    operations: operationsOf(name, bundle),
    schemas: Object.entries(bundle.components.schemas),
  };
}

function operationsOf(document: string, { info, servers, security, paths }: Bundle): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      operationId: operation.operationId,
      document,
      documentTitle: info.title,
      server: servers[0]?.url ?? '',
      tag: operation.tags[0],
      method: method.toUpperCase(),
      path,
      summary: operation.summary,
      description: operation.description.trim(),
      scopes: (operation.security ?? security).flatMap((choice) => Object.values(choice).flat()),
      parameters: operation.parameters ?? [],
      requestBody: operation.requestBody,
      responses: operation.responses,
    })),
  );
}

/** An operation's responses by status: successes, and errors. */
export function outcomesOf({
  responses,
}: Operation): [successes: [string, Body][], errors: [string, Body][]] {
  const all = Object.entries(responses);
  const succeeds = ([status]: [string, Body]) => status.startsWith('2');
  return [all.filter(succeeds), all.filter((one) => !succeeds(one))];
}

/**
 * Replaces every local `$ref` with its target. A named schema keeps its name as `title`; one inside itself stays a
 * `$ref`.
 */
export function resolveReferences<Result>(document: Result): Result {
  const resolve = (value: unknown, within: string[]): unknown => {
    if (Array.isArray(value)) return value.map((item) => resolve(item, within));
    if (typeof value !== 'object' || value === null) return value;
    if (!('$ref' in value) || typeof value.$ref !== 'string') {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, within)]));
    }
    const { $ref, ...siblings } = value;
    if (within.includes($ref)) return value;
    const [, name] = /^#\/components\/schemas\/(.+)$/.exec($ref) ?? [];
    const target: object = Object(resolve(valueAt(document, $ref), [...within, $ref]));
    return { ...(name ? { title: name } : {}), ...target, ...siblings };
  };
  // The types are written as if there were no references, which holds now.
  return resolve(document, []) as Result;
}

function valueAt(document: unknown, reference: string): unknown {
  const keys = reference.split('/').slice(1);
  return keys.reduce<unknown>((value, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    return Object(value)[name];
  }, document);
}
