import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf } from '../../../docs/site/test/faults.ts';
import { operationDetails } from '../../src/docs/operation.ts';
import { useService } from '../service.ts';

const service = useService();
const client = new Client({ name: 'test', version: '1.0.0' });

beforeAll(() => client.connect(new StreamableHTTPClientTransport(new URL('/mcp', service.url))));
afterAll(() => client.close());

/** What a tool answers a call, read as a client reads it. */
async function call(name: string, input: Record<string, unknown>) {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: input });
  const [{ text }] = z.tuple([z.object({ type: z.literal('text'), text: z.string() })]).parse(content);
  return { text, structured: structuredContent, isError };
}

describe('the MCP server', () => {
  it('says what it is for', () => {
    expect(client.getServerVersion()).toMatchObject({ name: 'grantkeeper-docs' });
    expect(client.getServerCapabilities()).toEqual({
      tools: { listChanged: false },
      resources: { listChanged: false },
    });
    expect(client.getInstructions()).toContain('Start with search_docs');
  });

  it('lists its tools, all of them read-only, with what they take and give', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'search_docs',
      'list_operations',
      'get_operation',
      'fetch_docs',
    ]);
    for (const tool of tools) {
      expect(tool.annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false });
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.outputSchema).toMatchObject({ type: 'object' });
    }
  });

  it.each([
    ['how do I cut off one app for everybody', 'revokeOAuthGrants'],
    ['what did I allow', 'listMeGrants'],
  ])('leads from the question %j to the operation %s', async (query, operationId) => {
    const { text, structured } = await call('search_docs', { query });
    expect(structured).toMatchObject({ results: { 0: { operationId } } });
    expect(text).toContain(`operation ${operationId}`);
    const details = operationDetails.parse((await call('get_operation', { operationId })).structured);
    expect(details.operationId).toBe(operationId);
    expect(details.errors.length).toBeGreaterThan(1);
    expect(details.samples.length).toBeGreaterThan(0);
    expect(faultsOf(details.samples.map(({ typescript }) => typescript))).toEqual([]);
  });

  it('gives everything about an operation', async () => {
    const { text, structured } = await call('get_operation', { operationId: 'listOAuthGrants' });
    const details = operationDetails.parse(structured);
    expect(details.scopes).toEqual(['account:admin', 'project:admin', 'account:member']);
    expect(details.parameters.find(({ name }) => name === 'limit')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000 },
    });
    expect(details.responses).toMatchObject([{ status: '200', schema: { title: 'OAuthGrantListResponse' } }]);
    expect(details.errors.map(({ status }) => status)).toEqual(['400', '401', '403', '429', '500', '503']);
    const [limited] = details.errors.filter(({ status }) => status === '429');
    expect(limited?.headers.map(({ name }) => name)).toContain('Retry-After');
    expect(details.errorSchema).toMatchObject({ title: 'Problem' });
    expect(details.samples[0]?.curl).toMatch(/^curl 'http/);
    expect(text).toContain('### 403');
  });

  it('lists all operations, or those of one document', async () => {
    const all = (await call('list_operations', {})).text.split('\n');
    const mine = (await call('list_operations', { document: 'me-grants' })).text.split('\n');
    expect([all.length, mine.length]).toEqual([17, 2]);
  });

  it('gives pages as Markdown', async () => {
    const { structured, text } = await call('fetch_docs', {
      paths: ['guides/store', 'reference/me-grants/revokeMeGrant'],
    });
    expect(structured).toMatchObject({
      pages: [{ path: 'guides/store' }, { path: 'reference/me-grants/revokeMeGrant' }],
    });
    expect(text).toContain('# Revoke a grant the authenticated user has issued');
  });

  it('gives the pages that are there and names those that are not, each once', async () => {
    const paths = ['guides/store', 'guides/stroe', 'guides/store.md', 'nowhere'];
    const { structured, text, isError } = await call('fetch_docs', { paths });
    expect(isError).toBeFalsy();
    expect(structured).toEqual({
      pages: [expect.objectContaining({ path: 'guides/store' })],
      missing: [
        { path: 'guides/stroe', near: expect.arrayContaining(['guides/store']) },
        { path: 'nowhere', near: expect.any(Array) },
      ],
    });
    expect(text).toMatch(/^There is no page "guides\/stroe"\. Did you mean .*guides\/store/);
    expect(text).toContain('# The store');
  });

  it('has the documents and every guide as resources', async () => {
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toContain('grantkeeper://openapi/oauth-grants.json');
    expect(uris).toContain('grantkeeper://guides/store.md');
    for (const { uri, mimeType } of resources) {
      const { contents } = await client.readResource({ uri });
      const [{ text }] = z.tuple([z.object({ text: z.string() })]).parse(contents);
      if (mimeType === 'application/json') expect(JSON.parse(text)).toHaveProperty('openapi', '3.1.0');
      else expect(text).toMatch(/^# /m);
    }
  });
});

describe('wrong input', () => {
  it.each([
    [
      'get_operation',
      { operationId: 'revokeOAuthGrnts' },
      /no operation "revokeOAuthGrnts".*revokeOAuthGrants/,
    ],
    ['get_operation', { operationId: 'x' }, /Did you mean \w+/],
    ['get_operation', {}, /operationId/],
    ['get_operation', { operationId: 'listMeGrants', verbose: true }, /verbose/],
    ['search_docs', { query: '' }, /query/],
    ['search_docs', { query: 'x', limit: 21 }, /limit/],
    ['search_docs', { query: 'x', kind: 'page' }, /kind/],
    ['list_operations', { document: 'grants' }, /oauth-grants/],
    ['fetch_docs', { paths: [] }, /paths/],
    ['fetch_docs', { paths: Array(11).fill('guides/store') }, /paths/],
    ['fetch_docs', { paths: ['guides/stroe'] }, /no page "guides\/stroe".*guides\/store/],
    ['fetch_docs', { paths: ['../package.json'] }, /no page/],
    ['drop_tables', {}, /drop_tables not found/],
  ])('of %s %j is refused with what to do', async (name, input, message) => {
    const { isError, text } = await call(name, input);
    expect([isError, text]).toEqual([true, expect.stringMatching(message)]);
  });

  it('of a resource is an error of the protocol', async () => {
    await expect(client.readResource({ uri: 'grantkeeper://guides/../../package.json' })).rejects.toThrow(
      /not found/,
    );
  });
});
