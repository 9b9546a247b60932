/** The variables of OpenTelemetry that turn tracing on; its others only say how. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** Whether the environment says where traces go. */
export function isTraced(environment: NodeJS.ProcessEnv): boolean {
  return environment.OTEL_SDK_DISABLED !== 'true' && ENDPOINTS.some((name) => Boolean(environment[name]));
}

/**
 * Loads what traces. A server without traces does without these packages of 44 MB.
 *
 * @throws one error that says what to do, if they are not installed
 */
export async function loadTracing(): Promise<typeof import('./tracing.ts')> {
  try {
    return await import('./tracing.ts');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new Error(NOT_INSTALLED, { cause });
  }
}

const NOT_INSTALLED =
  'OTEL_EXPORTER_OTLP_ENDPOINT is set, and the packages that send traces are not part of this installation. ' +
  'Install them as docs/guides/monitoring.md says, or unset the variable.';
