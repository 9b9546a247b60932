import { EXAMPLE_SERVER } from '../../../server/src/docs/addresses.ts';

/** Where the MCP server is; pages that come from a server put its own address there. */
export const MCP_URL = `${EXAMPLE_SERVER}/mcp`;

/** What most tools read. */
export const MCP_JSON = JSON.stringify(
  { mcpServers: { grantkeeper: { type: 'http', url: MCP_URL } } },
  null,
  2,
);

interface AiTool {
  name: string;
  /** Where the settings belong, as a sentence. */
  where: string;
  settings: string;
  language: 'sh' | 'json' | '';
}

/** How common tools are told of it. */
export const AI_TOOLS: AiTool[] = [
  {
    name: 'Claude Code',
    where: 'In a terminal:',
    settings: `claude mcp add --transport http grantkeeper ${MCP_URL}`,
    language: 'sh',
  },
  {
    name: 'Cursor',
    where: 'In <code>.cursor/mcp.json</code> of your project:',
    settings: JSON.stringify({ mcpServers: { grantkeeper: { url: MCP_URL } } }, null, 2),
    language: 'json',
  },
  {
    name: 'VS Code',
    where: 'In <code>.vscode/mcp.json</code> of your project:',
    settings: JSON.stringify({ servers: { grantkeeper: { type: 'http', url: MCP_URL } } }, null, 2),
    language: 'json',
  },
  {
    name: 'Codex',
    where: 'In <code>~/.codex/config.toml</code>:',
    settings: `[mcp_servers.grantkeeper]\nurl = "${MCP_URL}"`,
    language: '',
  },
  {
    name: 'Gemini CLI',
    where: 'In <code>.gemini/settings.json</code> of your project:',
    settings: JSON.stringify({ mcpServers: { grantkeeper: { httpUrl: MCP_URL } } }, null, 2),
    language: 'json',
  },
];
