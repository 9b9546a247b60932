import { join } from 'node:path';
import ts from 'typescript';

/** The list of everything that the SDK exports. */
export const API_REFERENCE = 'sdk/api.md';

const ENTRIES = [
  ['@grantkeeper/sdk', 'index.ts'],
  ['@grantkeeper/sdk/react-query', 'react-query.ts'],
  ['@grantkeeper/sdk/zod', 'zod.ts'],
] as const;

const KINDS = ['Functions', 'Classes', 'Values', 'Types'] as const;

interface Exported {
  name: string;
  kind: (typeof KINDS)[number];
  about: string;
}

/**
 * Lists everything that the SDK exports, from its sources: each call of a Grantkeeper with its signature, then each
 * export of each entry point with the first paragraph of its comment.
 *
 * @param root the repository's root folder
 * @returns Markdown
 */
export function writeApiReference(root: string): string {
  const sources = join(root, 'sdk/src');
  const { config } = ts.readConfigFile(join(root, 'sdk/tsconfig.json'), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'sdk'));
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const parts = [
    '# Everything in @grantkeeper/sdk',
    'Generated from the sources by `npm run generate`: never edit. The [README](README.md) shows how to use it.',
    '## Calls',
    'What `createGrantkeeper` gives. Each takes `{ signal, timeout, retries }` last.',
    ...calls(checker, exportsOf(program, checker, join(sources, 'index.ts'))),
    ...ENTRIES.flatMap(([name, file]) => [
      `## ${name}`,
      ...list(exportsOf(program, checker, join(sources, file)).map((symbol) => describe(checker, symbol))),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function exportsOf(program: ts.Program, checker: ts.TypeChecker, path: string): ts.Symbol[] {
  const source = program.getSourceFile(path);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${path} exports nothing`);
  return checker.getExportsOfModule(module).sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** One list per document: the methods of each member of a Grantkeeper, or of what that member returns when called. */
function calls(checker: ts.TypeChecker, exported: ts.Symbol[]): string[] {
  const grantkeeper = exported.find(({ name }) => name === 'Grantkeeper');
  if (!grantkeeper) throw new Error('there is no Grantkeeper');
  const members = checker.getDeclaredTypeOfSymbol(grantkeeper).getProperties();
  return members.flatMap((member) => {
    const type = checker.getTypeOfSymbol(member);
    const [call] = type.getCallSignatures();
    const prefix = `grantkeeper.${member.name}${call ? `(${call.getParameters().map(({ name }) => name)})` : ''}`;
    const methods = (call?.getReturnType() ?? type).getProperties();
    const lines = methods.flatMap((method) => callOf(checker, prefix, method));
    // "OAuth Grants: for members, …": the document's name comes first.
    const [document] = commentOf(checker, member).split(':');
    return lines.length === 0 ? [] : [`### ${document}`, lines.join('\n')];
  });
}

/** A line of Markdown for a method whose comment names the operation that it calls. */
function callOf(checker: ts.TypeChecker, prefix: string, method: ts.Symbol): string[] {
  const operation = /`[A-Z]+ \/[^`]+`/.exec(ts.displayPartsToString(method.getDocumentationComment(checker)));
  const [declaration] = method.getDeclarations() ?? [];
  if (!operation || !declaration) return [];
  const signature = declaration.getText().replace(/\s+/g, ' ').replace('( ', '(').replace(', )', ')');
  return [`- \`${prefix}.${signature.replace(/;$/, '')}\` ${operation[0]}`];
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
