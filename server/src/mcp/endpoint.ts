import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type RequestHandler, Router } from 'express';
import { saying } from '../docs/addresses.ts';
import type { Library } from '../docs/library.ts';
import { createSearch } from '../docs/search.ts';
import { answerErrors, type ErrorFormat, notFound } from '../http/errors.ts';
import { Failure } from '../http/failure.ts';
import { jsonBody } from '../http/json-body.ts';
import { onlyPost } from '../http/only-post.ts';
import type { OwnAddress } from '../http/own-address.ts';
import { limitRate } from '../http/rate-limit.ts';
import { createMcpServer } from './server.ts';

const REQUESTS_PER_MINUTE = 120;
const BODY_LIMIT = 64 * 1024;

/**
 * The documentation for AI tools, over MCP's streamable HTTP: each POST is answered at once and on its own, in JSON.
 * There are no sessions and no streams, so every server of many can answer any of them.
 *
 * @param guard refuses requests that a page of another site makes
 * @param address what answers say that the server's address is
 */
export function mcpEndpoint(library: Library, guard: RequestHandler, address: OwnAddress): Router {
  const search = createSearch(library);
  const router = Router();
  router.use(guard);
  // There is nothing to listen to and no session to end: a GET and a DELETE are a 405, as the protocol has it.
  router.all('/', onlyPost);
  router.post('/', limitRate(REQUESTS_PER_MINUTE), takesJson, ...jsonBody({ limit: BODY_LIMIT }), oneMessage);
  router.post('/', async (req, res) => {
    const server = createMcpServer(library, search);
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    res.on('close', () => void server.close());
    await server.connect(sayingAddress(transport, address.of(req)));
    await transport.handleRequest(req, res, req.body);
  });
  router.use(notFound, answerErrors(jsonRpcErrors));
  return router;
}

/**
 * Every answer is JSON, so a client need not take streams too, which the protocol would have it say. The protocol's
 * library looks for both, in the headers as they came or as Node.js reads them.
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

/** The same transport, saying a server's address wherever the documentation says the example's. */
function sayingAddress(transport: StreamableHTTPServerTransport, address: string) {
  const send = transport.send.bind(transport);
  // An address has no character that JSON would write in another way.
  transport.send = (message, options) => send(JSON.parse(saying(JSON.stringify(message), address)), options);
  return transport;
}

/** Batches left the protocol in 2025; here they would be a way around the limit. */
const oneMessage: RequestHandler = (req, _res, next) => {
  if (Array.isArray(req.body))
    throw new Failure('invalid-request', 'Send one message a request, not a batch.');
  next();
};

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const SERVER_ERROR = -32_000;

/** What fails before there is a message to answer: an error of JSON-RPC without an id. */
const jsonRpcErrors: ErrorFormat = {
  contentType: 'application/json',
  body: (failure) => rpcError(codeOf(failure), failure.message),
};

function rpcError(code: number, message: string) {
  return { jsonrpc: '2.0', error: { code, message }, id: null };
}

/** A failure with a cause is the parser's; one without is what was parsed. */
function codeOf({ reason, cause }: Failure): number {
  if (reason !== 'invalid-request') return SERVER_ERROR;
  return cause === undefined ? INVALID_REQUEST : PARSE_ERROR;
}
