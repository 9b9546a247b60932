import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { counted } from '../counted.ts';
import { accountsOf, type Party, revokeEverywhere } from '../grants/revocation/everywhere.ts';
import { onStopSignal } from '../stop-signals.ts';
import { ANY_DATABASE, databaseOfEnvironment, recordingModel, withDatabase } from './database.ts';

export function addRevoke(program: Command): void {
  program
    .command('revoke')
    .description('Takes back all that one client, or one user, has: in every account.')
    .option('--client <id>', 'the client whose grants are revoked', readId)
    .option('--user <id>', 'the user whose grants are revoked', readId)
    .option(
      '--include-consent',
      'also revokes all consents, or the client is let in again without a question',
    )
    .option('--dry-run', 'only counts the grants, and the consents with --include-consent')
    .addHelpText(
      'after',
      `
For incidents: it needs no access token, only the database. Each account gets an audit event. Servers may keep running;
you may stop it at any time and run it again.${ANY_DATABASE}`,
    )
    .action(async ({ client, user, includeConsent = false, dryRun = false }) => {
      const party = partyOf(client, user);
      // Given before the `--`, npm takes the option and passes it on as a variable.
      await revoke(party, { includeConsent, dryRun: dryRun || process.env.npm_config_dry_run === 'true' });
    });
}

function readId(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

function partyOf(client_id: string | undefined, user_id: string | undefined): Party {
  if (client_id !== undefined && user_id === undefined) return { client_id };
  if (user_id !== undefined && client_id === undefined) return { user_id };
  throw new Error('give either --client or --user');
}

function revoke(party: Party, { includeConsent, dryRun }: { includeConsent: boolean; dryRun: boolean }) {
  return withDatabase(databaseOfEnvironment(), async (database) => {
    const { name } = database;
    const model = recordingModel(database);
    if (dryRun) {
      const affected = await accountsOf(model, party, { include_consent: includeConsent });
      const total = { grants: 0, consents: 0 };
      const write = ({ grants, consents }: typeof total) =>
        `${counted(grants, 'active grant')}${includeConsent ? ` and ${counted(consents, 'consent')}` : ''}`;
      for (const { account_id, ...counts } of affected) {
        console.log(`${account_id}: ${write(counts)}`);
        total.grants += counts.grants;
        total.consents += counts.consents;
      }
      console.log(`${name}: ${write(total)} in ${counted(affected.length, 'account')} would be revoked`);
      return;
    }
    const stopping = new AbortController();
    onStopSignal(() => stopping.abort(new Error('stopped between two batches: run it again to do the rest')));
    const asked = { by: { user_id: null, client_id: null }, request_id: null, operation: 'revoke' };
    const options = { asked, include_consent: includeConsent, stopping: stopping.signal };
    let [tokens, consents] = [0, 0];
    await revokeEverywhere(model, party, options, (account_id, { revoked_tokens, revoked_consents }) => {
      console.log(`${account_id}: ${writeRevoked(revoked_tokens, revoked_consents)} revoked`);
      tokens += revoked_tokens;
      consents += revoked_consents;
    });
    console.log(`${name}: ${writeRevoked(tokens, consents)} were revoked`);
  });
}

function writeRevoked(tokens: number, consents: number): string {
  return `${counted(tokens, 'token')} and ${counted(consents, 'consent')}`;
}
