import type { RequestHandler, Response } from 'express';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestLocals } from '../http/logging.ts';

/** In seconds: from an answer out of memory to a bulk revocation. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Node accepts others, and each would be a series of its own. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']);

/** What is served beside the contracts, by the first part of the path. */
const BESIDE = new Set(['/healthz', '/readyz', '/docs', '/mcp', '/app', '/demo-idp', '/demo-app']);

/**
 * Middleware that counts requests and takes their time. No label holds anything that a caller can choose: requests are
 * told apart by the contract's `operationId`, or by what is served beside the contracts.
 */
export function requestMetrics(registry: Registry): RequestHandler {
  const registers = [registry];
  const duration = new Histogram({
    name: 'grantkeeper_http_request_duration_seconds',
    help: 'Time from a request to the end of its response, by operation. The status is aborted if the caller went away first.',
    labelNames: ['method', 'operation', 'status'],
    buckets: BUCKETS,
    registers,
  });
  const inFlight = new Gauge({
    name: 'grantkeeper_http_requests_in_flight',
    help: 'Requests that are not answered yet.',
    registers,
  });
  const failures = new Counter({
    name: 'grantkeeper_http_failures_total',
    help: 'Requests that ended in an error, by the reason that is also in the log.',
    labelNames: ['operation', 'reason'],
    registers,
  });
  return (req, res: Response<unknown, RequestLocals>, next) => {
    const { method, path } = req;
    const began = performance.now();
    inFlight.inc();
    res.once('close', () => {
      inFlight.dec();
      const operation = res.locals.operation ?? besideContracts(path);
      // A response to a caller that went away may look as if it had been sent.
      const isAborted = req.errored !== null || !res.writableFinished;
      const status = isAborted ? 'aborted' : `${res.statusCode}`;
      const labels = { method: METHODS.has(method) ? method : 'other', operation, status };
      duration.observe(labels, (performance.now() - began) / 1_000);
      const { failure } = res.locals;
      if (failure) failures.inc({ operation, reason: failure.reason });
    });
    next();
  };
}

function besideContracts(path: string): string {
  const [first = ''] = /^\/[^/]*/.exec(path) ?? [];
  return BESIDE.has(first) ? first : 'none';
}
