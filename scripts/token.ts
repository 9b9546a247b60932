import { parseArgs } from 'node:util';
import { readConfig } from '../server/src/config.ts';
import { openOwnIssuer } from '../server/src/http/own-issuer.ts';

const help = `Prints an access token of the server's own issuer, and nothing else.

  npm run -s token -- --user ID [options]

  --user ID             who is asking
  --account ID          the account they are in
  --project ID          the project they are in
  --permission NAME     account:member, project:admin or account:admin; may be repeated
  --scope "A B"         the scopes, separated by spaces
  --expires 1h          how long it is good for: 45s, 30m, 1h, 7d

The key is in DATA_DIR, where the server keeps it. Without -s, npm prints a banner of its own before the token.`;

const PERMISSIONS = ['account:member', 'project:admin', 'account:admin'];
const SECONDS = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 };

/** What the command line asks for. */
function readOptions() {
  return parseArgs({
    options: {
      user: { type: 'string' },
      account: { type: 'string' },
      project: { type: 'string' },
      permission: { type: 'string', multiple: true, default: [] },
      scope: { type: 'string' },
      expires: { type: 'string', default: '1h' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

async function makeToken(options: ReturnType<typeof readOptions>): Promise<string> {
  const { user, account, project, permission, scope, expires } = options;
  if (!user) throw new Error('--user is missing: say whose token it is');
  const unknown = permission.find((name) => !PERMISSIONS.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--permission ${unknown} is not one of ${PERMISSIONS.join(', ')}`);
  }
  const seconds = readDuration(expires);

  const { dataDir, jwksUri, issuer, audience } = readConfig(process.env);
  if (jwksUri) {
    throw new Error(`the server trusts the keys at ${jwksUri} (AUTH_JWKS_URI): get a token from that issuer`);
  }
  const { sign } = await openOwnIssuer(dataDir, { issuer, audience });
  const claims = {
    sub: user,
    ...(account && { account_id: account }),
    ...(project && { project_id: project }),
    ...(permission.length > 0 && { permissions: permission }),
    ...(scope && { scope }),
  };
  return sign(claims, seconds);
}

function readDuration(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (!isUnit(unit)) throw new Error(`--expires ${text} is not a time such as 45s, 30m, 1h or 7d`);
  return Number(amount) * SECONDS[unit];
}

function isUnit(unit: string | undefined): unit is keyof typeof SECONDS {
  return unit !== undefined && unit in SECONDS;
}

try {
  const options = readOptions();
  console.log(options.help ? help : await makeToken(options));
} catch (error) {
  console.error(`token: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
