import { type Contract, pascalCase } from './merge-contracts.ts';

/** Where the SDK keeps what its mock says, in its generated part. */
export const DOCUMENTED = 'documented.gen.ts';

interface Schema {
  $ref?: string;
  type?: unknown;
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  default?: unknown;
}

interface Header {
  required?: boolean;
  example?: unknown;
}

interface Parameter {
  name: string;
  in: string;
  schema: Schema;
  example?: unknown;
}

interface Answer {
  headers?: Record<string, Header>;
  content?: Record<string, { schema: Schema; examples?: Record<string, { value: unknown }> }>;
}

const IMPORTED = "import type { Answer, Operation, Schema } from '../mock/operation.ts';";

/** What the mock checks a parameter and a part of a body by. */
const CHECKED = [
  'type',
  'format',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'default',
];
/** What it checks lists and objects by, beside their parts. */
const CHECKED_WHOLE = ['minItems', 'maxItems', 'required', 'additionalProperties'];

/**
 * Writes what the documents say of each operation, as data: its address, its parameters, its body, and every answer
 * with its headers and its examples. The SDK's mock answers with these. Answers that operations share are written once.
 *
 * @param contract all documents in one
 * @param banner the comment that the file begins with
 * @returns the TypeScript of the file
 * @throws if a header that an answer always has has no example
 */
export function writeDocumented(contract: Contract, banner: string): string {
  const document = new Resolver(contract);
  const types: string[] = [];
  const values: string[] = [];
  const bodies: string[] = [];
  for (const [path, operations] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const { operationId: name, responses } = operation;
      const parameters = parametersOf(document, operation);
      const answers = Object.entries(responses);
      types.push(
        `  ${name}: Operation<${pascalCase(name)}Data, ${filled(parameters)}, {`,
        ...answers.map(([status, answer]) => `    ${status}: ${answerType(document, answer)};`),
        '  }>;',
      );
      values.push(
        `  ${name}: {`,
        `    method: '${method}',`,
        `    path: '${path}',`,
        `    parameters: ${JSON.stringify(parameters.map(checkedParameter(document)))},`,
        '    answers: {',
        ...answers.map(([status, answer]) => `      ${status}: ${answerValue(document, answer)},`),
        '    },',
        '  },',
      );
      const body = bodyOf(document, operation);
      if (body) bodies.push(`  ${name}: ${JSON.stringify(body)},`);
    }
  }
  const shared = document.shared.map((name) => {
    const answer = document.resolve<Answer>({ $ref: `#/components/responses/${name}` });
    return `const ${camel(name)}: ${answerType(document, answer)} = ${written(document, answer)};`;
  });
  const text = [
    'export type Documented = {',
    ...types,
    '};',
    '',
    ...shared,
    '',
    '/** What the documents say of each operation. */',
    'export const documented: Documented = {',
    ...values,
    '};',
    '',
    '/** What they say of the bodies of requests. Operations that are not here take none. */',
    'export const bodies: { readonly [Id in keyof Documented]?: Schema } = {',
    ...bodies,
    '};',
  ].join('\n');
  return `${banner}\n\n${IMPORTED}\n${imports(text)}\n\n${text}\n`;
}

/** Follows references, and remembers which answers were shared. */
class Resolver {
  readonly shared: string[] = [];
  readonly #components: Contract['components'];

  constructor({ components }: Contract) {
    this.#components = components;
  }

  resolve<T>(part: unknown): T {
    const $ref = refOf(part);
    if ($ref === undefined) return part as T;
    const [section = '', name = ''] = $ref.split('/').slice(-2);
    const found = this.#components[section]?.[name];
    if (found === undefined) throw new Error(`${$ref} leads nowhere`);
    return this.resolve<T>(found);
  }

  /** The name of a shared answer; undefined for one that the operation has to itself. */
  nameOf(answer: unknown): string | undefined {
    const name = refOf(answer)?.split('/').at(-1);
    if (name !== undefined && !this.shared.includes(name)) this.shared.push(name);
    return name;
  }
}

function parametersOf(document: Resolver, operation: object): Parameter[] {
  const { parameters = [] } = operation as { parameters?: unknown[] };
  return parameters.map((one) => document.resolve<Parameter>(one));
}

function checkedParameter(document: Resolver): (parameter: Parameter) => object {
  return ({ name, in: place, schema, example }) => {
    const known = Object.entries(document.resolve<Schema>(schema)).filter(([key]) => CHECKED.includes(key));
    return {
      name,
      in: place,
      ...(example === undefined ? {} : { example: String(example) }),
      ...Object.fromEntries(known),
    };
  };
}

/** The schema of a body, with nothing left to look up; undefined where an operation takes none. */
function bodyOf(document: Resolver, { requestBody }: { requestBody?: unknown }): Schema | undefined {
  const { content = {} } = document.resolve<Answer>(requestBody ?? {});
  const [media] = Object.values(content);
  return media && checkedSchema(document, media.schema);
}

function checkedSchema(document: Resolver, part: Schema): Schema {
  const schema = document.resolve<Schema & { not?: Schema }>(part);
  const { oneOf, items, properties, not } = schema;
  const keys = [...CHECKED, ...CHECKED_WHOLE];
  const checked = (one: Schema) => checkedSchema(document, one);
  const each = Object.entries(properties ?? {}).map(([name, one]) => [name, checked(one)]);
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key))),
    ...(oneOf && { oneOf: oneOf.map(checked) }),
    ...(items && { items: checked(items) }),
    ...(properties && { properties: Object.fromEntries(each) }),
    ...(not && { not: { properties: not.properties } }),
  };
}

/** The names of the parameters in the query that have a default, as a type. */
function filled(parameters: Parameter[]): string {
  const names = parameters.filter(
    ({ in: place, schema }) => place === 'query' && schema.default !== undefined,
  );
  return names.map(({ name }) => `'${name}'`).join(' | ') || 'never';
}

function answerType(document: Resolver, answer: unknown): string {
  const { content = {} } = document.resolve<Answer>(answer);
  const [media] = Object.values(content);
  if (!media) return 'Answer<Record<never, never>>';
  const alternatives = media.schema.oneOf ?? [media.schema];
  const type = alternatives.map((schema) => refOf(schema)?.split('/').at(-1)).join(' | ');
  const names = Object.keys(media.examples ?? {}).map((name) => `'${name}'`);
  return `Answer<Record<${names.join(' | ')}, ${type}>>`;
}

function answerValue(document: Resolver, answer: unknown): string {
  const name = document.nameOf(answer);
  return name === undefined ? written(document, document.resolve<Answer>(answer)) : camel(name);
}

function written(document: Resolver, { headers = {}, content = {} }: Answer): string {
  const always = Object.entries(headers).flatMap(([name, one]) => {
    const { required, example } = document.resolve<Header>(one);
    // The mock makes up the id of each request.
    if (!required || name === 'X-Request-Id') return [];
    if (example === undefined) throw new Error(`the header ${name} has no example`);
    return [[name, String(example)]];
  });
  const [[type, media] = []] = Object.entries(content);
  const examples = Object.entries(media?.examples ?? {}).map(([name, { value }]) => [name, value]);
  return JSON.stringify({
    type,
    headers: Object.fromEntries(always),
    examples: Object.fromEntries(examples),
  });
}

/** Imports the types that the text names. */
function imports(text: string): string {
  const named = [...text.matchAll(/(?<=, |\| |<)[A-Z]\w+(?=[,>| ])/g)].map(([name]) => name);
  const types = new Set(named.filter((name) => !['Answer', 'Operation', 'Record', 'Schema'].includes(name)));
  return `import type { ${[...types].sort().join(', ')} } from './types.gen.ts';`;
}

function refOf(part: unknown): string | undefined {
  const { $ref } = Object(part);
  return typeof $ref === 'string' ? $ref : undefined;
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
