import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { readLibrary } from '../../src/docs/library.ts';
import { samplesOf } from '../../src/docs/samples.ts';

const { operations } = readLibrary();
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What the compiler says of pieces of TypeScript that use the SDK. */
function faultsOf(sources: string[]): string[] {
  const files = new Map(sources.map((source, index) => [`${ROOT}samples/${index}.ts`, source]));
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ['node'],
    typeRoots: [`${ROOT}node_modules/@types`],
    paths: { '@grantkeeper/sdk': [`${ROOT}sdk/src/index.ts`] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const source = files.get(name);
    return source === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, source, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it('every sample of every operation type-checks against the SDK', () => {
  const samples = operations.flatMap(samplesOf).map(({ typescript }) => typescript);
  expect(samples.length).toBeGreaterThan(operations.length);
  expect(faultsOf(samples)).toEqual([]);
});

it('would notice a sample that does not', () => {
  const sample = operations.flatMap(samplesOf).find(({ title }) => title === 'Filter-based');
  const stale = sample?.typescript.replace('client_id', 'clientId') ?? '';
  expect(faultsOf([stale]).join()).toContain("'clientId' does not exist");
});
