import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { VERSION } from '../version.ts';
import type { OpenLibrary } from './open-library.ts';
import { registerResources } from './resources.ts';
import { registerTools } from './tools.ts';

const INSTRUCTIONS = `Grantkeeper is the API beside an OAuth authorization server that lists and revokes what people allowed apps to do: \
their grants. Four OpenAPI documents describe it: oauth-grants (for members and admins of an account: list, read, revoke \
one, revoke in bulk), me-grants and account-grants (for a signed-in person: what I allowed), user-consent-scopes (for the \
management API: what an app may ask for).

This server reads the documentation. It cannot list or revoke grants itself, and needs no token.

Start with search_docs, with the user's question in plain words. Then get_operation gives all that is needed to call an \
operation: required scopes, parameters, schemas, every error, and samples for curl and for the TypeScript SDK \
@grantkeeper/sdk; prefer the SDK in TypeScript and JavaScript. fetch_docs reads guides in full. Do not guess names of \
parameters or fields: an unknown one is refused, except where user-consent-scopes ignores it in a body. Revoking cannot be undone: before code or commands that revoke by filter \
run, let the user see what they match, by listOAuthGrants with the same filters.`;

/** Creates an MCP server that answers one request and keeps no state. */
export function createMcpServer({ library, search }: OpenLibrary): McpServer {
  const server = new McpServer(
    { name: 'grantkeeper-docs', title: 'Grantkeeper documentation', version: VERSION },
    { instructions: INSTRUCTIONS },
  );
  registerTools(server, library, search);
  registerResources(server, library);
  // The SDK would announce notifications of changes; without sessions there is nobody to notify.
  server.server.registerCapabilities({ tools: { listChanged: false }, resources: { listChanged: false } });
  return server;
}
