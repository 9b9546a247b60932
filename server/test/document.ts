import { dereference } from '@apidevtools/json-schema-ref-parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';

interface OpenApiDocument {
  paths: Record<string, Record<string, { responses: Record<string, DocumentedResponse> }>>;
}

interface DocumentedResponse {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: object }>;
}

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
addFormats.default(ajv);

/**
 * A document, read on its own and checked with Ajv: a second opinion on every answer, which shares nothing with
 * the validator that the server runs.
 */
export class Document {
  readonly #document: OpenApiDocument;

  private constructor(document: OpenApiDocument) {
    this.#document = document;
  }

  static async read(name: string): Promise<Document> {
    const file = new URL(`../../openapi/bundled/${name}.json`, import.meta.url).pathname;
    return new Document(await dereference<OpenApiDocument & object>(file));
  }

  /** Fails the test where an answer is not one the document allows; passes over paths that the document has not. */
  expectAllows(method: string, path: string, response: Response, body: string): void {
    const responses = this.#responsesOf(method, path);
    // A method that a path does not take belongs to no operation.
    if (!responses || response.status === 405) return;
    const documented = responses[response.status];
    if (!documented) throw new Error(`${method} ${path} does not document ${response.status}: ${body}`);
    const absent = Object.keys(documented.headers ?? {}).filter((name) => !response.headers.has(name));
    expect(absent, `headers that ${response.status} promises and lacks`).toEqual([]);
    const contentType = response.headers.get('content-type')?.split(';')[0] ?? 'none';
    if (!documented.content) {
      expect(body).toBe('');
      return;
    }
    expect(Object.keys(documented.content)).toContain(contentType);
    const validate = ajv.compile(documented.content[contentType]?.schema ?? false);
    validate(JSON.parse(body));
    expect(validate.errors, body).toBeNull();
  }

  #responsesOf(method: string, path: string): Record<string, DocumentedResponse> | undefined {
    const wanted = path.replace(/\/$/, '');
    const fewestParametersFirst = Object.entries(this.#document.paths).sort(
      ([a], [b]) => a.split('{').length - b.split('{').length,
    );
    for (const [template, item] of fewestParametersFirst) {
      const pattern = new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`);
      const operation = item[method.toLowerCase()];
      if (pattern.test(wanted) && operation) return operation.responses;
    }
    return undefined;
  }
}
