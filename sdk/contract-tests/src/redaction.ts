/** What looks like a token that a server gave, such as a preview token: three parts, the first of them JSON. */
const JWT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

/** Replaces every secret of a run with the name of a variable that a shell can put in its place. */
export class Redaction {
  readonly #names: [secret: string, name: string][];

  /** @param secrets by their names, such as `person_token` */
  constructor(secrets: Record<string, string | undefined>) {
    this.#names = Object.entries(secrets)
      .filter((entry): entry is [string, string] => Boolean(entry[1]))
      .map(([name, secret]): [string, string] => [secret, name.toUpperCase()])
      // The longest first, in case one is a part of another.
      .sort(([one], [other]) => other.length - one.length);
  }

  /** A text to print. */
  of(text: string): string {
    return this.#names
      .reduce((one, [secret, name]) => one.replaceAll(secret, `$${name}`), text)
      .replace(JWT, '<token>');
  }

  /** A command for a shell: single quotes end before a variable, so that the shell puts its value in. */
  ofCommand(command: string): string {
    return this.#names
      .reduce((one, [secret, name]) => one.replaceAll(secret, `'"$${name}"'`), command)
      .replace(JWT, '<token>');
  }
}
