import type { OwnIssuer } from '../http/own-issuer.ts';
import { ACCOUNTS, PAGE_USER } from './platform.ts';

const TOKEN_SECONDS = 12 * 60 * 60;

/** What `npm start` prints last: where the server is, and a line to paste for each permission. */
export async function greeting(url: string, sign: OwnIssuer['sign']): Promise<string> {
  const [{ account_id, projects }] = ACCOUNTS;
  const curl = async (who: string, permission: string, query = '') => {
    const claims = { sub: PAGE_USER._id, account_id, project_id: projects[0], permissions: [permission] };
    const token = await sign(claims, TOKEN_SECONDS);
    return `# ${who}\ncurl -s '${url}/api/v1/oauth-grants${query}' -H 'Authorization: Bearer ${token}'\n`;
  };
  const lines = [
    await curl('A member sees their own grants', 'account:member', '?status=all'),
    await curl(
      'A project admin sees those of the project',
      'project:admin',
      '?limit=5&sort_by=user_name&sort_order=asc',
    ),
    await curl(
      'An account admin sees those of the account',
      'account:admin',
      '?limit=5&sort_by=last_used_at',
    ),
  ];
  return `
Grantkeeper is ready at ${url}
The documentation will be at ${url}/docs

Lines to paste, good for 12 hours:

${lines.join('\n')}
`;
}
