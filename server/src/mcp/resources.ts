import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Library } from '../docs/library.ts';

/** Registers the documents (OpenAPI) and the guides (Markdown) as resources of an MCP server. */
export function registerResources(server: McpServer, { documents, pages }: Library): void {
  for (const { name, title, summary, source } of documents) {
    const resource = { title, description: summary, mimeType: 'application/json' };
    register(server, `openapi/${name}.json`, resource, source);
  }
  for (const { path, kind, title, markdown } of pages) {
    if (kind !== 'guide') continue;
    register(server, `${path}.md`, { title, mimeType: 'text/markdown' }, markdown);
  }
}

interface Metadata {
  title: string;
  description?: string;
  mimeType: string;
}

function register(server: McpServer, name: string, metadata: Metadata, text: string): void {
  const uri = `grantkeeper://${name}`;
  server.registerResource(name, uri, metadata, () => ({
    contents: [{ uri, mimeType: metadata.mimeType, text }],
  }));
}
