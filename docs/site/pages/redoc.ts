import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../root.ts';

/** Redocly's script loads the picture of its name from elsewhere: its name takes the place. */
const LOGO = /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(?:-full)?\.svg/g;
const NAME = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="46" height="14"><text y="11" font-family="sans-serif" font-size="12" fill="#777">Redocly</text></svg>')}`;

/**
 * Has Redocly write a document's page, `redoc/NAME.html`, all of it as Redocly makes it. Its scripts become files, which
 * the portal's policy allows, and links work below any path before they have run.
 */
export async function writeRedoc(name: string, site: string): Promise<void> {
  const folder = join(site, 'redoc');
  const page = join(folder, `${name}.html`);
  const document = join(ROOT, `openapi/bundled/${name}.json`);
  await mkdir(folder, { recursive: true });
  await promisify(execFile)(
    join(ROOT, 'node_modules/.bin/redocly'),
    ['build-docs', document, '--inlineBundle', '--output', page],
    { cwd: ROOT, env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
  );
  const scripts: string[] = [];
  const html = (await readFile(page, 'utf8'))
    .replace(/<script( type="module")?>(.*?)<\/script>/gs, (_, type = '', script: string) => {
      scripts.push(script.replace(LOGO, NAME));
      return `<script${type} src="${name}-${scripts.length}.js"></script>`;
    })
    .replaceAll(' href="/', ' href="#/');
  await writeFile(page, html);
  for (const [at, script] of scripts.entries()) await writeFile(join(folder, `${name}-${at + 1}.js`), script);
}
