import type { RawRequest } from '../exchange.ts';

/** The longest body that is printed. */
const MAX_BODY = 4_000;

/**
 * The command that repeats a request. It has the request's own secrets in it: redact it before it is shown.
 *
 * @param address the whole address, as `Sender.addressOf` gives it
 */
export function curlOf(address: string, { method, headers, body }: RawRequest): string {
  const sent = headers.filter(([name]) => !['Host', 'Content-Length'].includes(name));
  // curl leaves a header without a value out, unless it ends with a semicolon.
  const options = sent.map(
    ([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`,
  );
  if (body.length > 0) {
    const text = body.toString();
    const isShown = text.length <= MAX_BODY && Buffer.from(text).equals(body);
    options.push(
      `--data-binary ${isShown ? quoted(text) : `'…${body.length} bytes: repeat the run with its seed'`}`,
    );
  }
  // --globoff and --path-as-is: the address is sent as it is written.
  return [
    'curl -sS -i --globoff --path-as-is',
    method === 'GET' ? '' : `-X ${method}`,
    quoted(address),
    ...options,
  ]
    .filter(Boolean)
    .join(' ');
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
