/** As much of an address as a log line needs; the rest may be anything. */
const MAX_URL_LENGTH = 2_000;

/** Three parts in base64url. One that was cut off is recognized by how it starts, as every JSON object does. */
const JWT = /(?<![\w-])(?:[\w-]{8,}\.[\w-]{8,}\.[\w-]*|eyJ[\w-]+\.[\w-]*)/g;

/** The beginning of an address, with everything that looks like a JWT redacted: for logs and traces. */
export function withoutTokens(url: string): string {
  return url.slice(0, MAX_URL_LENGTH).replace(JWT, '[token]');
}
