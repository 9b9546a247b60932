import { randomBytes } from 'node:crypto';
import { type Command, Option } from '@commander-js/extra-typings';
import { readConfig } from '../config.ts';
import { openOwnIssuer } from '../http/own-issuer.ts';
import { type Where, withDatabase } from './database.ts';
import { readDuration } from './duration.ts';

const PERMISSIONS = ['account:member', 'project:admin', 'account:admin'] as const;

export function addToken(program: Command): void {
  program
    .command('token')
    .description("Prints an access token of the server's own issuer.")
    .requiredOption('--user <id>', 'whose token it is')
    .option('--account <id>', 'the account they are in')
    .option('--project <id>', 'the project they are in')
    .option('--client <id>', "the client it is issued to; by default the server's own, which is first-party")
    .addOption(new Option('--permission <name...>', 'what they may do; may be repeated').choices(PERMISSIONS))
    .option('--scope <scope...>', 'the scopes; may be repeated')
    .addOption(
      new Option('--expires <time>', 'how long it is valid: 45s, 30m, 1h, 7d')
        .argParser(readDuration(['s', 'm', 'h', 'd']))
        .default(3_600_000, '1h'),
    )
    .option(
      '--verification',
      'also prints, on a second line, the id of a verification record, valid for as long',
    )
    .addHelpText(
      'after',
      `
The signing key is in DATA_DIR, where the server keeps it. My account grants expects the id of a verification record in
the header logto-verification-id. The record goes into the database that MONGODB_URI names, or else into the embedded
one of the server that runs with the same DATA_DIR.`,
    )
    .action(printToken);
}

interface Options {
  user: string;
  account?: string | undefined;
  project?: string | undefined;
  client?: string | undefined;
  permission?: (typeof PERMISSIONS)[number][] | undefined;
  scope?: string[] | undefined;
  /** In milliseconds. */
  expires: number;
  verification?: true | undefined;
}

async function printToken(options: Options): Promise<void> {
  const { user, account, project, client, permission, scope, expires, verification } = options;
  if (user === '') throw new Error('--user is empty: say whose token it is');
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
    ...(permission && { permissions: permission }),
    ...(scope && { scope: scope.join(' ') }),
  };
  const lines = [await sign(claims, expires / 1_000)];
  if (verification) {
    lines.push(await addVerification({ mongodbUri, dataDir }, user, new Date(Date.now() + expires)));
  }
  console.log(lines.join('\n'));
}

/** Creates a verification record, as if a user had just verified their identity. Returns its id. */
export function addVerification(where: Where, user_id: string, expires_at: Date): Promise<string> {
  return withDatabase(where, async ({ collections }) => {
    const _id = randomBytes(15).toString('base64url');
    const { verificationRecords } = collections;
    await verificationRecords.create({ _id, user_id, type: 'Password', verified: true, expires_at });
    return _id;
  });
}
