import { inTime } from './in-time.ts';
import { isTraced, loadTracing } from './tracing/configured.ts';

/*
 * Starts tracing, if it is configured, before anything that is traced is loaded: the instrumentation of the MongoDB driver
 * changes it while it is loaded. Then runs the command.
 */

/** How long the last traces may take to be sent, in milliseconds. */
const SENDING_LIMIT_MS = 3_000;

const tracing = isTraced(process.env) ? await loadTracing().catch(refuse) : undefined;
const stopTracing = tracing?.startTracing();
await import('./cli/program.ts');
if (stopTracing) {
  const tooLate = () => new Error('the collector does not answer');
  // Spans that nobody takes are lost: that is no fault of the command.
  await inTime(stopTracing(), SENDING_LIMIT_MS, tooLate).catch((error: unknown) =>
    process.stderr.write(`grantkeeper: the last traces were not sent: ${messageOf(error)}\n`),
  );
}

function refuse(error: unknown): never {
  process.stderr.write(`grantkeeper: ${messageOf(error)}\n`);
  process.exit(1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
