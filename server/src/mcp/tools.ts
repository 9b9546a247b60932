import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import MiniSearch from 'minisearch';
import { z } from 'zod';
import { findPage, type Library, type Page } from '../docs/library.ts';
import { type OperationDetails, operationDetails, operationSummary } from '../docs/operation.ts';
import type { Search } from '../docs/search.ts';

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

const kind = z.enum(['operation', 'schema', 'guide', 'document']);
const found = z.object({
  path: z.string().describe('What fetch_docs takes'),
  kind,
  title: z.string(),
  operationId: z.string().optional().describe('What get_operation takes'),
  excerpt: z.string(),
});
const page = z.object({ path: z.string(), title: z.string(), markdown: z.string() });
const missing = z.object({
  path: z.string().describe('As it was asked for: there is no such page'),
  near: z.array(z.string()).describe('Paths of pages that are there'),
});

/** Registers the tools that find and read the library's content. */
export function registerTools(server: McpServer, library: Library, search: Search): void {
  registerSearch(server, search);
  registerOperations(server, library);
  registerOperation(server, library, search);
  registerFetch(server, library, search);
}

function registerSearch(server: McpServer, search: Search): void {
  server.registerTool(
    'search_docs',
    {
      title: 'Search the documentation',
      description:
        'Finds operations, schemas and guides by words or by a question in plain words, such as "how do I cut off one app for everybody". The best comes first.',
      inputSchema: z.strictObject({
        query: z.string().trim().min(1).max(300).describe('Words or a question'),
        kind: kind.optional().describe('Only pages of this kind'),
        limit: z.int().min(1).max(20).default(8).describe('How many pages at most'),
      }),
      outputSchema: z.object({ results: z.array(found) }),
      annotations: READ_ONLY,
    },
    ({ query, ...options }) => {
      const results = search(query, options);
      const lines = results.map(({ path, title, operationId, excerpt }) => {
        return `- ${title} (${operationId ? `operation ${operationId}, ` : ''}page ${path})\n  ${excerpt}`;
      });
      return answer(lines.join('\n') || 'Nothing was found. Try other words.', { results });
    },
  );
}

function registerOperations(server: McpServer, { documents, operations }: Library): void {
  const names = documents.map(({ name }) => name);
  server.registerTool(
    'list_operations',
    {
      title: 'List the operations',
      description: 'Lists every operation of the API, or of one of its documents, in a line each.',
      inputSchema: z.strictObject({
        document: z.enum(names).optional().describe('Only the operations of this document'),
      }),
      outputSchema: z.object({ operations: z.array(operationSummary) }),
      annotations: READ_ONLY,
    },
    ({ document }) => {
      const chosen = operations
        .map(({ details }) => details)
        .filter((one) => document === undefined || one.document === document);
      return answer(chosen.map(operationLine).join('\n'), {
        operations: chosen.map((one) => operationSummary.parse(one)),
      });
    },
  );
}

function registerOperation(server: McpServer, library: Library, search: Search): void {
  const { operations } = library;
  server.registerTool(
    'get_operation',
    {
      title: 'Get an operation',
      description:
        'Everything about one operation: required scopes, parameters, request body, answer, every error, with schemas and examples, and how to call it: curl, the SDK @grantkeeper/sdk in TypeScript, and other languages.',
      inputSchema: z.strictObject({
        operationId: z.string().max(100).describe('Such as revokeOAuthGrants; list_operations has them all'),
      }),
      outputSchema: operationDetails,
      annotations: READ_ONLY,
    },
    ({ operationId }) => {
      const details = operations.map((one) => one.details).find((one) => one.operationId === operationId);
      const page = details && findPage(library, `reference/${details.document}/${operationId}`);
      if (page) return answer(page.markdown, details);
      return failure(
        `There is no operation ${JSON.stringify(operationId)}. ${nearest(operationId, search, library)}`,
      );
    },
  );
}

function registerFetch(server: McpServer, library: Library, search: Search): void {
  const near = nearPages(library, search);
  server.registerTool(
    'fetch_docs',
    {
      title: 'Fetch pages of the documentation',
      description:
        'Gives 1 to 10 pages as Markdown, by the paths that search_docs gives or by their addresses. Names those that are not there beside the others.',
      inputSchema: z.strictObject({
        paths: z
          .array(z.string().min(1).max(300))
          .min(1)
          .max(10)
          .describe('Such as guides/store or reference/oauth-grants/revokeOAuthGrants'),
      }),
      outputSchema: z.object({ pages: z.array(page), missing: z.array(missing) }),
      annotations: READ_ONLY,
    },
    ({ paths }) => {
      const pages = new Map<string, Page>();
      const absent: z.infer<typeof missing>[] = [];
      for (const path of new Set(paths)) {
        const one = findPage(library, path);
        if (one) pages.set(one.path, one);
        else absent.push({ path, near: near(path) });
      }
      const told = absent.map(
        ({ path, near }) => `There is no page ${JSON.stringify(path)}. ${suggestion(near)}`,
      );
      if (pages.size === 0) return failure(told.join('\n'));
      const read = [...pages.values()];
      const text = [...told, ...read.map(({ markdown }) => markdown)].join('\n---\n\n');
      return answer(text, { pages: read.map((one) => page.parse(one)), missing: absent });
    },
  );
}

/** An operation in one line of text. */
function operationLine({ operationId, method, path, summary }: OperationDetails): string {
  return `- ${operationId}: ${method} ${path}: ${summary}`;
}

function answer(text: string, structuredContent: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent };
}

/** An error that the calling model can correct itself. */
function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

/** Up to five pages with a path like one that there is not: misspelt first, then by what they say. */
function nearPages({ pages }: Library, search: Search): (path: string) => string[] {
  const paths = new MiniSearch<Page>({ idField: 'path', fields: ['path'], searchOptions: { fuzzy: 0.4 } });
  paths.addAll(pages);
  return (path) => {
    const alike = paths.search(path).map(({ id }): string => id);
    const found = search(path, { limit: 5 }).map((other) => other.path);
    return [...new Set([...alike.slice(0, 3), ...found])].slice(0, 5);
  };
}

function nearest(operationId: string, search: Search, { operations }: Library): string {
  const near = search(operationId, { kind: 'operation', limit: 3 }).flatMap((one) => one.operationId ?? []);
  return suggestion(near.length > 0 ? near : operations.map(({ details }) => details.operationId));
}

function suggestion(names: string[]): string {
  return names.length > 0 ? `Did you mean ${names.join(', ')}?` : 'search_docs finds what there is.';
}
