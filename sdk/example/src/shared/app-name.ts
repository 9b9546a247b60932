/**
 * What to call an app. One that is not registered has no name but its id, the address of its description, of which the
 * host says most. One whose name is not to be seen is called by its id, too.
 */
export function appName({ client_id, client_name }: { client_id: string; client_name: string }): string {
  const name = seen(client_name) ?? client_id;
  return name === client_id ? hostOf(name) : name;
}

/** A name, if there is something of it to see. */
export function seen(name: string | undefined): string | undefined {
  return name !== undefined && /[^\s\p{C}]/u.test(name) ? name : undefined;
}

/** The host of a web address; what is none stays as it is. */
export function hostOf(text: string): string {
  return /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text).host : text;
}
