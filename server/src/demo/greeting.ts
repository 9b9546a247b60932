import { portalIsBuilt } from '../docs/portal.ts';
import type { OwnIssuer } from '../http/own-issuer.ts';
import { VERIFICATION_ID } from './page-user.ts';
import { pagesAreBuilt } from './pages.ts';
import { ACCOUNTS, PAGE_USER } from './platform.ts';

const TOKEN_SECONDS = 12 * 60 * 60;

/** A line to paste: what it shows, and the request it makes. */
interface Line {
  comment: string;
  path: string;
  claims: Parameters<OwnIssuer['sign']>[0];
  headers?: string[];
}

/**
 * What `npm start` prints last: where the server is, and lines to paste for each document.
 *
 * @param noDemo why the server has neither the pages at `/app/` nor the app; undefined if it has them
 */
export async function greeting(
  url: string,
  sign: OwnIssuer['sign'],
  noDemo: string | undefined,
): Promise<string> {
  const lines = await Promise.all(
    LINES.map(async ({ comment, path, claims, headers = [] }) => {
      const token = await sign(claims, TOKEN_SECONDS);
      const sent = [`Authorization: Bearer ${token}`, ...headers].map((header) => ` -H '${header}'`);
      return `# ${comment}\ncurl -s '${url}${path}'${sent.join('')}\n`;
    }),
  );
  return `
Grantkeeper is ready at ${url}
${demoLines(url, noDemo)}
${portalIsBuilt() ? `The documentation: ${url}/docs/` : 'npm run docs builds the documentation at /docs/'}

Lines to paste, good for 12 hours:

${lines.join('\n')}
`;
}

function demoLines(url: string, noDemo: string | undefined): string {
  if (noDemo !== undefined) return `No pages at /app/ and no app at /demo-app/: ${noDemo}`;
  const pages = pagesAreBuilt()
    ? `Connected apps, and its twin for admins: ${url}/app/`
    : 'npm run pages builds the pages at /app/';
  return `A demo app to connect and then revoke: ${url}/demo-app/\n${pages}`;
}

const LINES: Line[] = [
  oauthGrants('A member sees their own grants', 'account:member', '?status=all'),
  oauthGrants(
    'A project admin sees those of the project',
    'project:admin',
    '?limit=5&sort_by=user_name&sort_order=asc',
  ),
  oauthGrants('An account admin sees those of the account', 'account:admin', '?limit=5&sort_by=last_used_at'),
  {
    comment: 'A person who has proved again who they are sees which applications hold a grant',
    path: '/api/my-account/grants?appType=thirdParty',
    claims: { sub: PAGE_USER._id, scope: 'urn:logto:scope:sessions' },
    headers: [`logto-verification-id: ${VERIFICATION_ID}`],
  },
  {
    comment: 'A person sees every app they have allowed anything',
    path: '/v1/me/grants',
    claims: { sub: PAGE_USER._id },
  },
  {
    comment: 'The management API sees which scopes an application may ask people for',
    path: '/api/applications/app_slack_4411/user-consent-scopes',
    claims: { sub: 'management-api', scope: 'all' },
  },
];

function oauthGrants(comment: string, permission: string, query: string): Line {
  const [{ account_id, projects }] = ACCOUNTS;
  const claims = { sub: PAGE_USER._id, account_id, project_id: projects[0], permissions: [permission] };
  return { comment, path: `/api/v1/oauth-grants${query}`, claims };
}
