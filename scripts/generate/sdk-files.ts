import ts from 'typescript';

/** Name of a file of the generated SDK, such as `client/types.gen.ts`, to its content. */
export type SdkFiles = Map<string, string>;

/** A part of a generated file, and its replacement. */
type Replacement = readonly [part: string | RegExp, by: string];

const REQUEST_INIT = "Omit<RequestInit, 'body' | 'headers' | 'method'>";
const OR_UNDEFINED = '\ntype OrUndefined<T> = { [K in keyof T]: T[K] | undefined };\n';

/** Server-sent events, which no contract has: a tenth of a bundle. */
const EVENTS: Record<string, Replacement[]> = {
  'client/client.gen.ts': [
    [/import { createSseClient } .*\n/, ''],
    [/ {2}const makeSseFn = .*?^ {2}};\n\n/ms, ''],
    [/ {4}sse: \{.*?^ {4}\},\n/ms, ''],
  ],
  'client/types.gen.ts': [
    [/import type \{\n {2}ServerSentEventsOptions,.*?;\n/s, ''],
    [/,\n {4}Pick<\n {6}ServerSentEventsOptions<TData>,.*?> \{/s, ' {'],
    [/type SseFn = .*?;\n\n/s, ''],
    [', BuildUrlFn, SseFn>', ', BuildUrlFn>'],
  ],
};

/**
 * Code that no contract needs: for parameters that are arrays or objects, and for the token, which the transport sends.
 */
const UNNEEDED: Record<string, Replacement[]> = {
  'client/client.gen.ts': [
    [/ {4}if \(opts\.security\) \{.*?^ {4}\}\n\n/ms, ''],
    [/ {2}setAuthParams,\n/, ''],
    // The client gives both with every request.
    [/ {6}fetch: options\.fetch .*\n/, ''],
    [/ {6}redirect: 'follow',\n/, ''],
  ],
  'client/utils.gen.ts': [
    [
      /if \(Array\.isArray\(value\)\) \{\n {10}const serializedArray.*?\} else \{(?=\n {10}const serializedPrimitive)/s,
      '{',
    ],
  ],
  'core/utils.gen.ts': [[/ {6}if \(Array\.isArray\(value\)\) \{.*?(?= {6}if \(style === 'matrix'\))/s, '']],
};

/** What comments say that is not so here: the client throws, reads JSON, and sends with the token whatever sends. */
const COMMENTS: Record<string, Replacement[]> = {
  'client/types.gen.ts': [
    [
      / {3}\* Fetch API implementation\. .*? {3}\*\/\n/s,
      '   * What sends each try. The token, the limits and the errors are as ever.\n   */\n',
    ],
    [
      / {3}\* Please don't use the Fetch client for Next\.js.*?(?= {3}\*\/\n {2}next\?)/s,
      '   * What Next.js adds to `fetch` does not get through a Request: give a `fetch` that adds it.\n',
    ],
    [/(?<=Throw an error instead of returning it in the response\?\n {3}\*\n {3}\* @default )false/, 'true'],
    [/(?<=parse response data at all\.\n {3}\*\n {3}\* @default )'auto'/, "'json'"],
  ],
};

/** Where `undefined` is allowed under `exactOptionalPropertyTypes`, beside the properties of `looseProperties`. */
const LOOSE: Record<string, Replacement[]> = {
  'client/types.gen.ts': [
    [REQUEST_INIT, `OrUndefined<${REQUEST_INIT}>`],
    [/$/, OR_UNDEFINED],
  ],
  '@tanstack/react-query.gen.ts': [
    [/(?<=options\?: )Partial<Options<\w+>>/g, 'OrUndefined<$&>'],
    [/$/, OR_UNDEFINED],
  ],
};

/** A query with a parameter that no document names is a 400. */
const STRICT: Record<string, Replacement[]> = {
  'zod.gen.ts': [[/(?<=^export const z\w+Query = z\.)object/gm, 'strictObject']],
};

/**
 * Adapts what the generator wrote, in ways that it has no option for: removes what no contract needs, lets every
 * optional property of what is sent be `undefined`, for callers that compile with `exactOptionalPropertyTypes`, and
 * makes the schemas of queries strict. Responses stay as they are: JSON has no `undefined`.
 *
 * @param generated from a contract whose parameters are all strings, numbers or booleans
 * @returns the files to keep
 * @throws if the generator writes something other than what this expects
 */
export function adaptSdk(generated: SdkFiles): SdkFiles {
  const files = new Map(generated);
  for (const rules of [EVENTS, UNNEEDED, COMMENTS, LOOSE, STRICT]) {
    for (const [path, replacements] of Object.entries(rules)) {
      files.set(path, replacements.reduce(replace(path), files.get(path) ?? ''));
    }
  }
  files.delete('core/serverSentEvents.gen.ts');
  for (const [path, content] of files) {
    if (/createSseClient|serverSentEvents/.test(content))
      throw new Error(`${path} still has server-sent events`);
    if (path !== 'zod.gen.ts') files.set(path, looseProperties(path, content));
  }
  return files;
}

function replace(path: string): (content: string, replacement: Replacement) => string {
  return (content, [part, by]) => {
    const replaced = content.replace(part, by);
    if (replaced === content) throw new Error(`the generator no longer writes ${part} into ${path}`);
    return replaced;
  };
}

/** Adds `undefined` to the type of every optional property, except in types that only occur in responses. */
function looseProperties(path: string, content: string): string {
  const source = ts.createSourceFile(path, content, ts.ScriptTarget.Latest, true);
  const answered = path === 'types.gen.ts' ? declarationsNotSent(source) : new Set<ts.Node>();
  const edits: { start: number; end: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (answered.has(node)) return;
    if (ts.isPropertySignature(node) && node.questionToken && node.type) {
      const isOpen = ts.isFunctionTypeNode(node.type) || ts.isConditionalTypeNode(node.type);
      edits.push({ start: node.type.getStart(), end: node.type.end, text: isOpen ? '()' : '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // From last to first: a property may be inside the type of another.
  const insertions = edits.flatMap(({ start, end, text: [open = '', close = ''] }) => [
    { at: start, text: open },
    { at: end, text: `${close} | undefined` },
  ]);
  return insertions
    .sort((one, other) => other.at - one.at)
    .reduce((text, { at, text: added }) => text.slice(0, at) + added + text.slice(at), content);
}

/** The declarations that no operation's parameters or body use. */
function declarationsNotSent(source: ts.SourceFile): Set<ts.Node> {
  const declarations = new Map(
    source.statements.filter(ts.isTypeAliasDeclaration).map((alias) => [alias.name.text, alias]),
  );
  const sent = new Set<ts.Node>();
  const follow = (node: ts.Node): void => {
    const named = ts.isTypeReferenceNode(node) ? declarations.get(node.typeName.getText()) : undefined;
    if (named && !sent.has(named)) {
      sent.add(named);
      follow(named);
    }
    ts.forEachChild(node, follow);
  };
  for (const [name, declaration] of declarations) {
    if (!name.endsWith('Data')) continue;
    sent.add(declaration);
    follow(declaration);
  }
  return new Set([...declarations.values()].filter((declaration) => !sent.has(declaration)));
}
