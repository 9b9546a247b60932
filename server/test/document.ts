import { dereference } from '@apidevtools/json-schema-ref-parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

interface OpenApiDocument {
  paths: Record<string, PathItem>;
}

type PathItem = Record<string, { responses: Record<string, DocumentedResponse> }>;

interface DocumentedResponse {
  headers?: Record<string, { schema: Schema; required?: boolean }>;
  content?: Record<string, { schema: Schema }>;
}

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean;
  items?: Schema;
  oneOf?: Schema[];
}

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
addFormats.default(ajv);

/**
 * A document, read on its own and checked with Ajv: a second opinion on every answer, which shares nothing with
 * the validator that the server runs.
 */
export class Document {
  readonly #paths: [template: string, item: PathItem][];

  private constructor({ paths }: OpenApiDocument) {
    const parameters = (template: string) => template.split('{').length;
    this.#paths = Object.entries(paths).sort(([a], [b]) => parameters(a) - parameters(b));
  }

  static async read(name: string): Promise<Document> {
    const file = new URL(`../../openapi/bundled/${name}.json`, import.meta.url).pathname;
    return new Document(await dereference<OpenApiDocument & object>(file));
  }

  /**
   * Fails the test where an answer is not one that the document allows, or has a field that it does not name. Passes over
   * other documents' paths; what is none of its operations is answered with an error in its shape.
   */
  expectAllows(method: string, path: string, response: Response, body: string): void {
    if (!this.#hasBelowIt(path) || method === 'OPTIONS') return;
    const { status } = response;
    const operation = this.#itemOf(path)?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (!operation) expect(status, `${method} ${path} is no operation: ${body}`).toBeGreaterThanOrEqual(400);
    const documented = operation ? operation.responses[status] : { content: this.#errorContent() };
    if (!documented) throw new Error(`${method} ${path} does not document ${status}: ${body}`);
    for (const [name, { schema, required }] of Object.entries(documented.headers ?? {})) {
      const value = response.headers.get(name);
      if (value === null && !required) continue;
      const read = schema.type === 'integer' && value !== null ? Number(value) : value;
      expectValid(schema, read, `the header ${name} of a ${status}`);
    }
    if (!documented.content || method === 'HEAD') {
      expect(body).toBe('');
      return;
    }
    const contentType = response.headers.get('content-type')?.split(';')[0] ?? 'none';
    expect(Object.keys(documented.content)).toContain(contentType);
    expectValid(documented.content[contentType]?.schema ?? {}, JSON.parse(body), body);
  }

  #hasBelowIt(path: string): boolean {
    const [[template] = ['']] = this.#paths;
    const base = template.split('/').slice(0, 3).join('/');
    return path === base || path.startsWith(`${base}/`);
  }

  #itemOf(path: string): PathItem | undefined {
    const wanted = path.replace(/\/$/, '');
    const isOf = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(wanted);
    return this.#paths.find(([template]) => isOf(template))?.[1];
  }

  /** The shape that all errors of the document have. */
  #errorContent(): Record<string, { schema: Schema }> {
    const operations = this.#paths.flatMap(([, item]) => Object.values(item));
    return operations.map(({ responses }) => responses[401]?.content).find((one) => one !== undefined) ?? {};
  }
}

function expectValid(schema: Schema, value: unknown, shown: string): void {
  const validate = ajv.compile(namingAll(schema));
  validate(value);
  expect(validate.errors, shown).toBeNull();
}

const closed = new WeakMap<Schema, Schema>();

/** The same schema, without the fields that it does not name, which JSON Schema allows where it says nothing of them. */
function namingAll(schema: Schema): Schema {
  const known = closed.get(schema);
  if (known) return known;
  const { properties, items, oneOf } = schema;
  const copy = {
    ...(properties ? { additionalProperties: false } : {}),
    ...schema,
    ...(properties ? { properties: eachNamingAll(properties) } : {}),
    ...(items ? { items: namingAll(items) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(namingAll) } : {}),
  };
  closed.set(schema, copy);
  return copy;
}

function eachNamingAll(properties: Record<string, Schema>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, namingAll(one)]));
}
