import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../../scripts/processes/server-process.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
}

/** The models of Kubernetes: a class for each kind, which validates by the schemas of Kubernetes' own API. */
interface Model {
  // biome-ignore lint/suspicious/noExplicitAny: each model takes another shape, and says itself what is wrong with it
  new (values: any): { validate(): void };
}

/**
 * What is wrong with manifests: by the schemas of Kubernetes, which say what values may be; and by the types made of
 * the same, which also find keys that do not exist.
 */
export async function faultsOfManifests(manifests: Manifest[]): Promise<string[]> {
  const bySchema = await Promise.all(manifests.map(faultOf));
  return [...bySchema.flat(), ...faultsOfTypes(manifests)];
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  return `kubernetes-models/${apiVersion}/${kind}`.replace(
    /models\/(networking|rbac)(\.k8s\.io)?\//,
    'models/$1.k8s.io/',
  );
}

async function faultOf(manifest: Manifest): Promise<string[]> {
  const models: Record<string, Model> = await import(moduleOf(manifest));
  const model = models[manifest.kind];
  if (!model) return [`${manifest.kind}: no such kind`];
  try {
    new model(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind}: ${error instanceof Error ? error.message : error}`];
  }
}

/** Compiles the manifests as literals of their types; nothing is written. */
function faultsOfTypes(manifests: Manifest[]): string[] {
  const lines = manifests.flatMap((manifest, index) => [
    `import type { I${manifest.kind} as Type${index} } from '${moduleOf(manifest)}';`,
    `export const manifest${index}: Type${index} = ${JSON.stringify(manifest)};`,
  ]);
  const file = join(ROOT, 'server/test/deploy', `${randomUUID()}.ts`);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.Node16,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, lines.join('\n'), ts.ScriptTarget.ES2022)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
