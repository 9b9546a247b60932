import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT, readContracts } from '../src/contracts.ts';
import { readGuides } from '../src/site/guides.ts';

/** What TypeScript says against modules that import the SDK; none of them is on the disk. */
function complaints(modules: Map<string, string>): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    skipLibCheck: true,
    paths: { '@grantkeeper/sdk': [join(ROOT, 'sdk/src/index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = modules.get(path);
    return text === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return [...modules.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
}

function moduleAt(name: string): string {
  return join(ROOT, 'docs/test', `${name}.sample.ts`);
}

describe('samples', () => {
  const operations = readContracts().flatMap((contract) => contract.operations);

  it('compile against the SDK: those of every operation, and those of the guides', () => {
    const modules = new Map<string, string>();
    for (const { id, samples } of operations) {
      modules.set(moduleAt(id), samples.find(({ label }) => label === 'SDK')?.source ?? '');
    }
    for (const { name, source, markdown } of readGuides().flatMap(([, list]) => list)) {
      // What the SDK's package says is tested with the package.
      if (source.startsWith('sdk/')) continue;
      const blocks = [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)];
      blocks.forEach(([, code = ''], index) => {
        modules.set(moduleAt(`${name}-${index}`), code);
      });
    }
    expect(modules.size).toBeGreaterThan(operations.length);
    expect(complaints(modules)).toEqual([]);
  });

  it('would not, were they wrong', () => {
    const wrong =
      "import { createGrantkeeper } from '@grantkeeper/sdk';\ncreateGrantkeeper({ baseUrl: 1 });\n";
    expect(complaints(new Map([[moduleAt('wrong'), wrong]]))).not.toEqual([]);
  });

  it('call each operation by its method and path, with curl', () => {
    for (const { method, path, samples } of operations) {
      const { source = '' } = samples.find(({ label }) => label === 'curl') ?? {};
      expect(source).toContain(path.split('{')[0]);
      if (method !== 'GET') expect(source).toContain(`-X ${method}`);
      expect(source).toContain('Authorization: Bearer $TOKEN');
    }
  });
});
