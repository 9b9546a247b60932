import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import helmet from 'helmet';

/** Markup: what was written by us, with what came from elsewhere escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Markup from a template. Strings are escaped, so that they are text and nothing else; a list is put in one by one. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | Html[])[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(markupOf)));
}

function markupOf(value: string | Html | Html[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return [value]
    .flat()
    .map(({ text }) => text)
    .join('');
}

export interface Page {
  title: string;
  /** The path below which `servePages` is mounted. */
  base: string;
  /** Whose page it is, as a class for the style sheet and as a name at its top. */
  look: 'idp' | 'app';
  brand: string;
  content: Html;
}

/** A whole page, as its text. */
export function pageOf({ title, base, look, brand, content }: Page): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${base}/tokens.css">
    <link rel="stylesheet" href="${base}/pages.css">
  </head>
  <body class="${look}">
    <header>${brand}</header>
    <main>${content}</main>
  </body>
</html>
`.text;
}

/** The pages load only their own styles, and send forms only to this server. */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    // Ours have none. The library's own, with which it signs one person out for another, is let in by its hash.
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ['data:'],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** Beside the sources, also for the compiled server: the compiler copies no styles. */
const STYLES = {
  '/tokens.css': fileURLToPath(new URL('../../../sdk/example/src/styles/tokens.css', import.meta.url)),
  '/pages.css': fileURLToPath(new URL('../../src/demo/pages.css', import.meta.url)),
};

/** The policy and the styles of the pages that `pageOf` makes, to mount before them. */
export function servePages(): Router {
  const router = Router();
  router.use(helmet.contentSecurityPolicy(POLICY));
  // Without a referrer the browser says of a form only that it comes from `null`, which `fromOwnHost` refuses.
  router.use(helmet.referrerPolicy({ policy: 'same-origin' }));
  for (const [path, file] of Object.entries(STYLES)) {
    router.get(path, (_req, res) => {
      res.set('Cache-Control', 'no-cache').sendFile(file);
    });
  }
  return router;
}
