import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type RequestHandler, Router } from 'express';
import { saying } from '../docs/addresses.ts';
import { answerErrors, type ErrorFormat, notFound } from '../http/errors.ts';
import { Failure } from '../http/failure.ts';
import { jsonBody } from '../http/json-body.ts';
import { onlyPost } from '../http/only-post.ts';
import type { OwnAddress } from '../http/own-address.ts';
import { limitRate } from '../http/rate-limit.ts';
import type { Memory } from '../http/received-body.ts';
import type { OpenLibrary } from './open-library.ts';
import { createMcpServer } from './server.ts';

const REQUESTS_PER_MINUTE = 120;
const BODY_LIMIT = 64 * 1024;

/**
 * The documentation for AI tools, over MCP's streamable HTTP: each POST is answered at once, on its own, in JSON.
 * Without sessions and streams, any of several servers can answer any request.
 *
 * @param open returns the documentation; undefined if it has not been built
 * @param guard rejects requests made by pages of other sites
 * @param address the server's address that responses show
 * @param memory holds bodies while they are received
 */
export function mcpEndpoint(
  open: () => OpenLibrary | undefined,
  guard: RequestHandler,
  address: OwnAddress,
  memory: Memory,
): Router {
  // Read at the start, so that no request waits for it.
  open();
  const router = Router();
  router.use(guard);
  // There are no streams to listen to and no sessions to end: GET and DELETE are a 405, as the protocol requires.
  router.all('/', onlyPost);
  const body = jsonBody({ limit: BODY_LIMIT, memory });
  router.post('/', limitRate(REQUESTS_PER_MINUTE), takesJson, ...body, oneMessage);
  router.post('/', async (req, res) => {
    const opened = open();
    if (!opened) throw new Failure('unavailable', NOT_BUILT);
    const server = createMcpServer(opened);
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    res.on('close', () => void server.close());
    await server.connect(sayingAddress(transport, address.of(req)));
    await transport.handleRequest(req, res, req.body);
  });
  router.use(notFound, answerErrors(jsonRpcErrors));
  return router;
}

const NOT_BUILT =
  'The documentation has not been built. Run npm run docs where the server runs, then try again.';

/**
 * Every response is JSON, so a client need not accept streams too, though the protocol requires it to say so. The
 * protocol's library checks for both, in the raw headers or as Node.js parses them.
 */
const takesJson: RequestHandler = (req, res, next) => {
  if (!req.accepts('application/json')) {
    res
      .status(406)
      .json(rpcError(SERVER_ERROR, 'Answers are JSON: send Accept: application/json, or no Accept.'));
    return;
  }
  const both = 'application/json, text/event-stream';
  req.headers.accept = both;
  req.rawHeaders = [...withoutAccept(req.rawHeaders), 'Accept', both];
  next();
};

function withoutAccept(rawHeaders: string[]): string[] {
  return rawHeaders.filter((_, at) => rawHeaders[at - (at % 2)]?.toLowerCase() !== 'accept');
}

/** The same transport, with the server's address in place of the documentation's example. */
function sayingAddress(transport: StreamableHTTPServerTransport, address: string) {
  const send = transport.send.bind(transport);
  // An address contains no character that JSON escapes.
  transport.send = (message, options) => send(JSON.parse(saying(JSON.stringify(message), address)), options);
  return transport;
}

/** The protocol dropped batches in 2025; here they would get around the rate limit. */
const oneMessage: RequestHandler = (req, _res, next) => {
  if (Array.isArray(req.body))
    throw new Failure('invalid-request', 'Send one message a request, not a batch.');
  next();
};

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const SERVER_ERROR = -32_000;

/** Failures before there is a message to answer: a JSON-RPC error without an id. */
const jsonRpcErrors: ErrorFormat = {
  contentType: 'application/json',
  body: (failure) => rpcError(codeOf(failure), failure.message),
};

function rpcError(code: number, message: string) {
  return { jsonrpc: '2.0', error: { code, message }, id: null };
}

/** A failure with a cause comes from the parser; one without is about what was parsed. */
function codeOf({ reason, cause }: Failure): number {
  if (reason !== 'invalid-request') return SERVER_ERROR;
  return cause === undefined ? INVALID_REQUEST : PARSE_ERROR;
}
