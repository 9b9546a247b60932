/** What a browser does for a person: keeps cookies, follows redirects, sends the form of the page. */
export class Browser {
  readonly #cookies = new Map<string, { path: string; value: string }>();
  /** Where it is. */
  url = new URL('http://127.0.0.1');
  status = 0;
  headers = new Headers();
  page = '';

  /** Opens a page, by its address or a link from the page that it is on. */
  async open(address: string | URL): Promise<this> {
    return this.#follow(new URL(address, this.url));
  }

  /** Presses a button of the page's form, named by what it sends; the first form's address if it has one. */
  async press(fields: Record<string, string> = {}, action = formAction(this.page)): Promise<this> {
    return this.#follow(new URL(action, this.url), new URLSearchParams(fields));
  }

  async #follow(start: URL, form?: URLSearchParams): Promise<this> {
    let body = form;
    let url = start;
    for (let hop = 0; hop < 20; hop += 1) {
      const answer = await fetch(url, {
        method: body ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { Accept: 'text/html', Cookie: this.#cookiesFor(url), ...(body && { Origin: url.origin }) },
        ...(body && { body }),
      });
      this.#keep(answer.headers.getSetCookie());
      const location = answer.headers.get('location');
      if (location === null) {
        Object.assign(this, {
          url,
          status: answer.status,
          headers: answer.headers,
          page: await answer.text(),
        });
        return this;
      }
      url = new URL(location, url);
      body = undefined;
    }
    throw new Error(`the redirects of ${start} never end`);
  }

  #keep(cookies: string[]): void {
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      const [, path = '/'] = /; path=([^;]*)/i.exec(cookie) ?? [];
      this.#cookies.set(`${name} ${path}`, { path, value });
    }
  }

  #cookiesFor({ pathname }: URL): string {
    return [...this.#cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name.split(' ')[0]}=${value}`)
      .join('; ');
  }

  /** The page as a person reads it. */
  get text(): string {
    const [, content = ''] = /<main>(.*)<\/main>/s.exec(this.page) ?? [];
    return content
      .replace(/<[^>]*>/g, ' ')
      .replace(/&#(\d+);/g, (_sign, code) => String.fromCharCode(code))
      .replace(/\s+/g, ' ')
      .trim();
  }
}

function formAction(page: string): string {
  const [form] = /<form[^>]*>/.exec(page) ?? [];
  if (form === undefined) throw new Error(`the page has no form: ${page}`);
  return /action="([^"]*)"/.exec(form)?.[1] ?? '';
}
