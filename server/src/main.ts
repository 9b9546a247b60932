import { isTraced, loadTracing } from './tracing/configured.ts';

/*
 * Starts tracing, if it is configured, before anything that is traced is loaded: the instrumentation of the MongoDB driver
 * changes it while it is loaded. Then runs the command.
 */

const tracing = isTraced(process.env) ? await loadTracing().catch(refuse) : undefined;
const stopTracing = tracing?.startTracing();
await import('./cli/program.ts');
await stopTracing?.();

function refuse(error: unknown): never {
  process.stderr.write(`grantkeeper: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
