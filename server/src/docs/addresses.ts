/**
 * The server's address in the documents, the guides and their commands, as in the repository. A server that shows them
 * puts its own address in its place.
 */
export const EXAMPLE_SERVER = 'http://127.0.0.1:3000';

/** Replaces the example server's address in a text with another. */
export function saying(text: string, address: string): string {
  return text.replaceAll(EXAMPLE_SERVER, () => address);
}
