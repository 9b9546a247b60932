import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import helmet from 'helmet';
import { pagePolicy } from '../http/page-policy.ts';

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
    <link rel="stylesheet" href="${base}/base.css">
    <link rel="stylesheet" href="${base}/pages.css">
  </head>
  <body class="${look}">
    <header>${brand}</header>
    <main>${content}</main>
  </body>
</html>
`.text;
}

/**
 * Our pages have no scripts; the library's page that switches people has one, and lets it in by its hash.
 */
const POLICY = { imgSrc: ['data:'], connectSrc: ["'none'"] };

/** Those of the pages at `/app/`, and what differs. Beside the sources, because the compiler copies no styles. */
const SHARED = new URL('../../../sdk/example/src/styles/', import.meta.url);
const STYLES = {
  '/tokens.css': fileURLToPath(new URL('tokens.css', SHARED)),
  '/base.css': fileURLToPath(new URL('base.css', SHARED)),
  '/pages.css': fileURLToPath(new URL('../../src/demo/pages.css', import.meta.url)),
};

/**
 * The policy and the styles of the pages that `pageOf` makes, to mount before them.
 *
 * @param formTargets other origins that a form may lead to: browsers also check where its answer redirects
 */
export function servePages(formTargets: string[] = []): Router {
  const router = Router();
  router.use(pagePolicy({ ...POLICY, formAction: ["'self'", ...formTargets] }));
  // Without a referrer, browsers send `Origin: null` with a form, which `fromOwnHost` refuses.
  router.use(helmet.referrerPolicy({ policy: 'same-origin' }));
  for (const [path, file] of Object.entries(STYLES)) {
    router.get(path, (_req, res) => {
      res.set('Cache-Control', 'no-cache').sendFile(file);
    });
  }
  return router;
}
