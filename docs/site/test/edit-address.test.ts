import { describe, expect, it } from 'vitest';
import { addressOf, type Manifest } from '../../../scripts/release/packages.ts';
import { readDocumentation } from '../library/documentation.ts';
import { layout } from '../pages/layout.ts';
import { guidePages, landingPage } from '../pages/pages.ts';
import { referencePages } from '../pages/reference.ts';

const ASSETS = { styles: 'styles.css', portal: 'portal.js', theme: 'theme.js', tryIt: 'try-it.js' };
const documentation = readDocumentation();
const pages = [landingPage(documentation), ...guidePages(documentation), ...referencePages(documentation)];

/** The address of "Edit this page" on a page, if it has that link. */
function editorOf(path: string, repository: Manifest['repository']): string | undefined {
  const page = pages.find((one) => one.path === path);
  if (!page) throw new Error(`no page ${path}`);
  return /href="([^"]*)">Edit this page</.exec(layout(page, ASSETS, addressOf(repository)))?.[1];
}

describe('"Edit this page"', () => {
  it.each([
    ['guides/errors.html', 'docs/guides/errors.md'],
    ['guides/sdk.html', 'sdk/README.md'],
    ['reference/oauth-grants/revokeOAuthGrant.html', 'openapi/oauth-grants.yaml'],
    ['reference/me-grants.html', 'openapi/me-grants.yaml'],
    ['reference/me-grants/schemas.html', 'openapi/me-grants.yaml'],
  ])('on %s leads to %s', (path, source) => {
    expect(editorOf(path, { url: 'git+https://github.com/owner/name.git' })).toBe(
      `https://github.com/owner/name/edit/HEAD/${source}`,
    );
  });

  it('is where the host of the repository has its editor', () => {
    expect(editorOf('guides/errors.html', 'gitlab:group/name')).toBe(
      'https://gitlab.com/group/name/-/edit/HEAD/docs/guides/errors.md',
    );
  });

  it('is left out without a repository, with a host that is not known, and on the landing page', () => {
    expect(editorOf('guides/errors.html', undefined)).toBeUndefined();
    expect(editorOf('guides/errors.html', 'https://git.example/owner/name')).toBeUndefined();
    expect(editorOf('index.html', 'github:owner/name')).toBeUndefined();
  });
});
