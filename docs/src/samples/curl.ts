import type { Operation } from '../contracts.ts';
import type { CodeSample } from '../openapi.ts';
import { SERVER, sampleArguments } from './arguments.ts';

/** How to call an operation with curl, its token in the variable `TOKEN`. */
export function curlSample(operation: Operation): CodeSample {
  const { path, query, header, body } = sampleArguments(operation);
  const filled = operation.path.replace(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const url = `${SERVER}${filled}${search.size > 0 ? `?${search}` : ''}`;
  const lines = [
    ...(operation.method === 'GET' ? [] : [`-X ${operation.method}`]),
    `"${url}"`,
    '-H "Authorization: Bearer $TOKEN"',
    ...Object.entries(header).map(([name, value]) => `-H "${name}: ${value}"`),
    ...(body === undefined
      ? []
      : ['-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(body))}`]),
  ];
  return { lang: 'Shell', label: 'curl', source: `curl ${lines.join(' \\\n  ')}` };
}

/** A text in quotes that a POSIX shell leaves alone. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
