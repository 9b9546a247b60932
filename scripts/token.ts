import { parseArgs } from 'node:util';
import { readConfig } from '../server/src/config.ts';
import { openOwnIssuer } from '../server/src/http/own-issuer.ts';
import { readDuration } from './arguments.ts';
import { addVerification } from './verification.ts';

const help = `Prints an access token of the server's own issuer, and nothing else but what is asked for.

  npm run -s token -- --user ID [options]

  --user ID             who is asking
  --account ID          the account they are in
  --project ID          the project they are in
  --client ID           the client that the token is issued to; without it the server's own, which may do what first-party
                        clients may
  --permission NAME     account:member, project:admin or account:admin; may be repeated
  --scope "A B"         the scopes, separated by spaces
  --expires 1h          how long it is good for: 45s, 30m, 1h, 7d
  --verification        also prints, on a second line, the id of a verification record of that person, good for as
                        long: what My account grants wants in the header logto-verification-id

The key is in DATA_DIR, where the server keeps it. A verification record goes into the database that MONGODB_URI names,
else into the embedded one of the server that runs with the same DATA_DIR. Without -s, npm prints a banner of its own
before the token.`;

const PERMISSIONS = ['account:member', 'project:admin', 'account:admin'];

function readOptions() {
  return parseArgs({
    options: {
      user: { type: 'string' },
      account: { type: 'string' },
      project: { type: 'string' },
      client: { type: 'string' },
      permission: { type: 'string', multiple: true, default: [] },
      scope: { type: 'string' },
      expires: { type: 'string', default: '1h' },
      verification: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

/** The lines to print: the token, then the id of the verification record if one is asked for. */
async function makeLines(options: ReturnType<typeof readOptions>): Promise<string[]> {
  const { user, account, project, client, permission, scope, expires, verification } = options;
  if (!user) throw new Error('--user is missing: say whose token it is');
  const unknown = permission.find((name) => !PERMISSIONS.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--permission ${unknown} is not one of ${PERMISSIONS.join(', ')}`);
  }
  const seconds = readDuration('--expires', expires, ['s', 'm', 'h', 'd']) / 1_000;

  const { dataDir, jwksUri, issuer, audience, mongodbUri } = readConfig(process.env);
  if (jwksUri) {
    throw new Error(`the server trusts the keys at ${jwksUri} (AUTH_JWKS_URI): get a token from that issuer`);
  }
  const { sign } = await openOwnIssuer(dataDir, { issuer, audience });
  const claims = {
    sub: user,
    ...(account && { account_id: account }),
    ...(project && { project_id: project }),
    ...(client && { client_id: client }),
    ...(permission.length > 0 && { permissions: permission }),
    ...(scope && { scope }),
  };
  const token = await sign(claims, seconds);
  if (!verification) return [token];
  const expires_at = new Date(Date.now() + seconds * 1000);
  return [token, await addVerification({ mongodbUri, dataDir }, user, expires_at)];
}

try {
  const options = readOptions();
  console.log(options.help ? help : (await makeLines(options)).join('\n'));
} catch (error) {
  console.error(`token: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
