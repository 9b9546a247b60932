import { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Span } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { withoutTokens } from '../http/without-tokens.ts';
import { VERSION } from '../version.ts';

/**
 * Traces requests and the MongoDB commands that each needs, and sends the traces by OTLP over HTTP, as the variables
 * `OTEL_…` say. Must run before the MongoDB driver is loaded.
 *
 * @returns ends it; resolves once everything is sent
 */
export function startTracing(): () => Promise<void> {
  const own = resourceFromAttributes({ 'service.name': 'grantkeeper', 'service.version': VERSION });
  const provider = new NodeTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  registerInstrumentations({
    instrumentations: [
      new HttpInstrumentation({
        startIncomingSpanHook: ({ url = '' }) => pathWithoutTokens(url),
        applyCustomAttributesOnSpan: (span, _request, response) => {
          if (response instanceof ServerResponse) describe(span, response);
        },
      }),
      new MongoDBInstrumentation(),
    ],
  });
  // Instrumentations see what is required, and we import: what both load is the same.
  createRequire(import.meta.url)('mongoose');
  return () => provider.shutdown();
}

/** In place of what the instrumentation records: callers put tokens where they do not belong. */
function pathWithoutTokens(url: string) {
  const [path = '', query] = withoutTokens(url).split('?');
  return { 'url.path': path, ...(query === undefined ? {} : { 'url.query': query }) };
}

/** What the log has of a request, so that its line and its trace are found by each other. */
function describe(span: Span, response: ServerResponse & { locals?: unknown }): void {
  const operation = operationIn(response.locals);
  const id = response.getHeader('X-Request-Id');
  if (typeof id === 'string') span.setAttribute('grantkeeper.request_id', id);
  if (operation === undefined) return;
  span.setAttribute('grantkeeper.operation', operation);
  span.updateName(operation);
}

function operationIn(locals: unknown): string | undefined {
  if (typeof locals !== 'object' || locals === null || !('operation' in locals)) return undefined;
  return typeof locals.operation === 'string' ? locals.operation : undefined;
}
