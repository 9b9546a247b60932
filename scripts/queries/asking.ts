import { addVerification } from '../../server/src/cli/token.ts';
import type { OwnIssuer } from '../../server/src/http/own-issuer.ts';
import { progress } from '../bench/timing.ts';
import { type Command, GRANTKEEPER, OwnProcess } from '../processes/server-process.ts';
import { everyChoice, everyFilter, everyList, type Query } from './lists.ts';
import { ACCOUNT, BUSY, COMMON } from './rows.ts';

export interface Service {
  url: string;
  /** For the server, and the commands that run beside it. */
  env: { MONGODB_URI: string; DATA_DIR: string };
  sign: OwnIssuer['sign'];
  /** How often each list is requested. */
  times: number;
}

const LISTS = '/api/v1/oauth-grants';
const LISTS_OF_SCOPES = ['/api/organization-scopes?page=1', '/api/resources?includeScopes=true'];
const AT_ONCE = 3;
const HOURS = 12 * 60 * 60;
const BY_PERMISSION = ['account:admin', 'project:admin', 'account:member'];

/** Sends everything. Returns what failed and how often; empty if everything was answered. */
export async function askEverything({ url, env, sign, times }: Service): Promise<Map<string, number>> {
  const failures = new Map<string, number>();
  const fail = (failure: string) => {
    const count = (failures.get(failure) ?? 0) + 1;
    failures.set(failure, count);
    if (count === 1) progress(`failed: ${failure}`);
  };
  const claims = {
    account_id: ACCOUNT,
    project_id: COMMON.project_id,
    scope: 'all urn:logto:scope:sessions',
  };
  const tokenOf = (permission: string) => sign({ sub: BUSY, ...claims, permissions: [permission] }, HOURS);
  const admin = await tokenOf('account:admin');
  const until = new Date(Date.now() + HOURS * 1_000);
  const verification = await addVerification(
    { mongodbUri: env.MONGODB_URI, dataDir: env.DATA_DIR },
    BUSY,
    until,
  );

  const ask = async (
    method: string,
    path: string,
    { token = admin, body }: { token?: string; body?: object } = {},
  ) => {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'logto-verification-id': verification,
    };
    const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) ?? null });
    const text = await answer.text();
    if (!answer.ok)
      fail(`${method} ${path} ${JSON.stringify(body) ?? ''} ${answer.status}: ${text.slice(0, 300)}`);
    return answer.ok && text !== '' ? JSON.parse(text) : {};
  };
  const list = (query: Query, token?: string) =>
    ask('GET', `${LISTS}?${new URLSearchParams(query)}`, token === undefined ? {} : { token });
  const run = async (...command: Command) => {
    progress(command.slice(3).join(' '));
    const { code, stdout, stderr } = await new OwnProcess(command, env).ended;
    if (code !== 0) fail(`${command.join(' ')}: ${code} ${stdout.slice(0, 300)} ${stderr.slice(0, 300)}`);
  };
  const model = (name: string) => run(...GRANTKEEPER, 'model', name);
  const purge = (...options: string[]) => run(...GRANTKEEPER, 'purge', '--older-than', '90d', ...options);

  for (let time = 1; time <= times; time += 1) {
    const lists = everyList();
    progress(`${lists.length} lists, ${time} of ${times}`);
    await severalAtOnce(lists, (query) => list({ ...query, limit: '10' }));
  }
  progress('pages further down, by offset and by cursor');
  await severalAtOnce(everyList(), async (query) => {
    const { next_cursor } = await list({ ...query, limit: '10', offset: '15', cursor: 'first' });
    if (next_cursor !== undefined) await list({ ...query, limit: '10', cursor: next_cursor });
  });
  progress('lists of those who may see less');
  for (const permission of BY_PERMISSION) {
    const token = await tokenOf(permission);
    await severalAtOnce(everyFilter(), async (filter) => {
      const visible = { ...filter, ...(permission === 'account:admin' ? {} : visibleTo(filter)) };
      await list({ ...visible, status: 'all', limit: '1000', sort_by: 'user_name' }, token);
    });
  }
  progress('searches');
  for (const permission of BY_PERMISSION) {
    const token = await tokenOf(permission);
    await severalAtOnce(['p', 'per 1', 'person 9', 'app', BUSY, 'nobody'], (query) =>
      ask('POST', `${LISTS}/search`, { token, body: { query } }),
    );
  }
  progress('the other documents');
  const scopes = '/api/applications/client-0/user-consent-scopes';
  for (const path of ['/v1/me/grants', '/api/my-account/grants', scopes, ...LISTS_OF_SCOPES])
    await ask('GET', path);
  await ask('POST', scopes, { body: { userScopes: ['email'] } });
  await ask('DELETE', '/v1/me/grants/consent-0');
  await ask('DELETE', '/api/my-account/grants/consent-10');
  for (const command of ['check', 'rebuild', 'check']) await model(command);
  await purge('--dry-run');
  await purge();

  progress('single grants');
  const { grants = [] } = await list({ limit: '900' });
  const ids: string[] = grants.map(({ grant_id }: { grant_id: string }) => grant_id);
  await severalAtOnce(ids.slice(0, 50), (id) => ask('GET', `${LISTS}/${id}`));
  for (const what of ['suspend', 'restore']) {
    await severalAtOnce(ids.slice(0, 50), (id) => ask('POST', `${LISTS}/${id}/${what}`));
  }
  await severalAtOnce(ids.slice(0, 50), (id) => ask('DELETE', `${LISTS}/${id}?include_consent=true`));
  await ask('POST', `${LISTS}/revoke`, { body: { grant_ids: ids, include_consent: true } });
  const choices = everyChoice();
  progress(`${choices.length} bulk revocations`);
  for (const choice of choices)
    await ask('POST', `${LISTS}/revoke`, { body: { ...choice, include_consent: true } });
  await model('check');
  return failures;
}

/** Limits a filter to what others than an account admin may see. */
function visibleTo(filter: Query): Query {
  return {
    ...(filter.project_id === undefined ? {} : { project_id: COMMON.project_id }),
    ...(filter.user_id === undefined ? {} : { user_id: BUSY }),
  };
}

async function severalAtOnce<Item>(items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
