import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

/**
 * Sends bytes as they are and gives the last answer that comes before the server closes the connection: for requests that
 * no HTTP client would send.
 */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const answers = await sendRawAll(url, bytes);
  const last = answers.at(-1);
  if (!last) throw new Error('the server closed the connection without an answer');
  return last;
}

/** The same, with every answer that came, those with a status of 1xx included. */
export async function sendRawAll(url: string, bytes: string | Buffer): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, 'close');
  return [...answersIn(Buffer.concat(chunks).toString())];
}

function* answersIn(text: string): Generator<RawAnswer> {
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Headers(
      lines.map((line): [string, string] => [line.split(': ')[0] ?? '', line.replace(/^.*?: /, '')]),
    );
    const length = Number(headers.get('content-length') ?? 0);
    yield { status: Number(first.split(' ')[1]), headers, body: rest.slice(end + 4, end + 4 + length) };
    rest = rest.slice(end + 4 + length);
  }
}

/** A request as it goes over the wire; the connection ends with its answer. */
export function written(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body = '',
): string {
  const all = { Host: '127.0.0.1', Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
