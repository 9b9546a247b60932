import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { accountsOf, type Party, revokeEverywhere } from '../grants/revocation/everywhere.ts';
import { ANY_DATABASE, databaseOfEnvironment, recordingModel, withDatabase } from './database.ts';

export function addRevoke(program: Command): void {
  program
    .command('revoke')
    .description('Takes back all that one client, or one user, has: in every account.')
    .option('--client <id>', 'the client whose grants are revoked', readId)
    .option('--user <id>', 'the user whose grants are revoked', readId)
    .option('--include-consent', 'also revokes the consents that their tokens name')
    .option('--dry-run', 'only counts the grants')
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
      const affected = await accountsOf(model, party);
      for (const { account_id, grants } of affected) console.log(`${account_id}: ${grants} active grants`);
      const total = affected.reduce((sum, { grants }) => sum + grants, 0);
      console.log(`${name}: ${total} active grants in ${affected.length} accounts would be revoked`);
      return;
    }
    const stopping = new AbortController();
    const stop = () => stopping.abort(new Error('stopped between two batches: run it again to do the rest'));
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const asked = { by: { user_id: null, client_id: null }, request_id: null, operation: 'revoke' };
    const options = { asked, include_consent: includeConsent, stopping: stopping.signal };
    let [tokens, consents] = [0, 0];
    await revokeEverywhere(model, party, options, (account_id, { revoked_tokens, revoked_consents }) => {
      console.log(`${account_id}: ${revoked_tokens} tokens and ${revoked_consents} consents revoked`);
      tokens += revoked_tokens;
      consents += revoked_consents;
    });
    console.log(`${name}: ${tokens} tokens and ${consents} consents were revoked`);
  });
}
