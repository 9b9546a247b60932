import { join } from 'node:path';
import ts from 'typescript';

/** The list of everything that the SDK exports. */
const API_REFERENCE = 'sdk/api.md';

/** Its calls, for the samples of the documentation. */
const SDK_CALLS = 'docs/site/library/generated/sdk-calls.json';

const ENTRIES = [
  ['@grantkeeper/sdk', 'index.ts'],
  ['@grantkeeper/sdk/react-query', 'react-query.ts'],
  ['@grantkeeper/sdk/zod', 'zod.ts'],
  ['@grantkeeper/sdk/msw', 'msw.ts'],
] as const;

const KINDS = ['Functions', 'Classes', 'Values', 'Types'] as const;

/** A method of a Grantkeeper. */
interface Call {
  /** For example `grantkeeper.grants.list`. */
  name: string;
  parameters: string[];
  /** Whether it returns anything. */
  answers: boolean;
  /** The method and path of the operation that it calls. */
  operation: string;
  /** As in the sources, on one line. */
  signature: string;
}

interface Exported {
  name: string;
  kind: (typeof KINDS)[number];
  about: string;
}

/**
 * Lists everything that the SDK exports, from its sources: each call of a Grantkeeper with its signature, then each
 * export of each entry point with the first paragraph of its comment. The documentation gets the calls as data too.
 *
 * @param root the repository's root folder
 * @returns path from there to the content that belongs there
 */
export function writeApiReference(root: string): [string, string][] {
  const sources = join(root, 'sdk/src');
  const { config } = ts.readConfigFile(join(root, 'sdk/tsconfig.json'), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'sdk'));
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const documents = callsOf(checker, exportsOf(program, checker, join(sources, 'index.ts')));
  const calls = documents.flatMap(([, some]) => some).map(({ signature, ...call }) => call);
  const parts = [
    '# Everything in @grantkeeper/sdk',
    'Generated from the sources by `npm run generate`: never edit. The [README](README.md) shows how to use it.',
    '## Calls',
    'What `createGrantkeeper` gives. Each takes `{ signal, timeout, retries }` last.',
    ...documents.flatMap(([document, some]) => [
      `### ${document}`,
      some.map(({ signature, operation }) => `- \`${signature}\` \`${operation}\``).join('\n'),
    ]),
    ...ENTRIES.flatMap(([name, file]) => [
      `## ${name}`,
      ...list(exportsOf(program, checker, join(sources, file)).map((symbol) => describe(checker, symbol))),
    ]),
  ];
  return [
    [API_REFERENCE, `${parts.join('\n\n')}\n`],
    [SDK_CALLS, `${JSON.stringify(calls, null, 2)}\n`],
  ];
}

function exportsOf(program: ts.Program, checker: ts.TypeChecker, path: string): ts.Symbol[] {
  const source = program.getSourceFile(path);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${path} exports nothing`);
  return checker.getExportsOfModule(module).sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** By document, the methods of each member of a Grantkeeper, or of what that member returns when called. */
function callsOf(checker: ts.TypeChecker, exported: ts.Symbol[]): [document: string, Call[]][] {
  const grantkeeper = exported.find(({ name }) => name === 'Grantkeeper');
  if (!grantkeeper) throw new Error('there is no Grantkeeper');
  const members = checker.getDeclaredTypeOfSymbol(grantkeeper).getProperties();
  return members.flatMap((member) => {
    const type = checker.getTypeOfSymbol(member);
    const [call] = type.getCallSignatures();
    const prefix = `grantkeeper.${member.name}${call ? `(${call.getParameters().map(({ name }) => name)})` : ''}`;
    const methods = (call?.getReturnType() ?? type).getProperties();
    const calls = methods.flatMap((method) => callOf(checker, prefix, method) ?? []);
    // "OAuth Grants: for members, …": the document's name comes first.
    const [document = ''] = commentOf(checker, member).split(':');
    return calls.length === 0 ? [] : [[document, calls]];
  });
}

/** A method whose comment names the operation that it calls; undefined for any other. */
function callOf(checker: ts.TypeChecker, prefix: string, method: ts.Symbol): Call | undefined {
  const comment = ts.displayPartsToString(method.getDocumentationComment(checker));
  const [, operation] = /`([A-Z]+ \/[^`]+)`/.exec(comment) ?? [];
  const [declaration] = method.getDeclarations() ?? [];
  const [called] = checker.getTypeOfSymbol(method).getCallSignatures();
  if (!operation || !declaration || !called) return undefined;
  const text = declaration.getText().replace(/\s+/g, ' ').replace('( ', '(').replace(', )', ')');
  return {
    name: `${prefix}.${method.name}`,
    parameters: called.getParameters().map(({ name }) => name),
    answers: checker.typeToString(called.getReturnType()) !== 'Promise<void>',
    operation,
    signature: `${prefix}.${text.replace(/;$/, '')}`,
  };
}

function describe(checker: ts.TypeChecker, exported: ts.Symbol): Exported {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  return { name: exported.name, kind: kindOf(checker, symbol), about: commentOf(checker, symbol) };
}

function kindOf(checker: ts.TypeChecker, symbol: ts.Symbol): Exported['kind'] {
  if (symbol.flags & ts.SymbolFlags.Class) return 'Classes';
  if (!(symbol.flags & ts.SymbolFlags.Value)) return 'Types';
  return checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0 ? 'Functions' : 'Values';
}

/** The first paragraph of a symbol's comment that says more than its name, on one line. */
function commentOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  const comment = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const paragraphs = comment.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim());
  return paragraphs.find((paragraph) => paragraph !== symbol.name) ?? '';
}

function list(exported: Exported[]): string[] {
  return KINDS.flatMap((kind) => {
    const lines = exported
      .filter((one) => one.kind === kind)
      .map(({ name, about }) => `- \`${name}\`${about && `: ${about}`}`);
    return lines.length === 0 ? [] : [`### ${kind}`, lines.join('\n')];
  });
}
