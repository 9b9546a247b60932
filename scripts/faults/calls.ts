import type { RefreshTokenRow } from '../../server/src/database/collections.ts';
import type { Chance } from '../../server/src/demo/random.ts';
import { encodeGrantId } from '../../server/src/grants/rows/identity.ts';
import { ACCOUNT, consentOf, personOf, teamOf, type World } from './world.ts';

type Filter = Partial<Record<'user_id' | 'client_id' | 'project_id', string>>;

/** What a call is about. */
export type Selection =
  | { grant_ids: string[]; include_consent: boolean }
  | { filter: Filter; status: 'active' | 'expired' | 'all'; include_consent: boolean }
  | { consent_id: string; user_id: string };

/** How a caller behaves when no answer comes. */
export type Manner =
  /** As the SDK: a key, a few repetitions. */
  | 'sdk'
  /** The same, until there is an answer, also after the faults are over. */
  | 'patient'
  /** Without a key; gives up at once. */
  | 'careless'
  /** Without a key; asks again, as a person would. */
  | 'insistent';

/** A call to be made. */
export interface PlannedCall {
  /** Also the client id of its token, by which the audit trail names it. */
  id: string;
  /** The subject of its token. */
  user_id: string;
  kind: 'one' | 'many' | 'me' | 'account' | 'preview' | 'suspend';
  selection: Selection;
  manner: Manner;
  /** Of a preview: who executes it, all at once. */
  executions: { id: string; manner: Manner }[];
  /** Of a suspension: who ends it, if anybody does. */
  restoration?: { id: string; manner: Manner };
  /** Of a preview: a token of another grant that it selects, which is issued before it is executed. */
  intruder?: RefreshTokenRow;
}

/** Each as often as it is called. */
const KINDS = [
  ...(['one', 'one', 'many', 'many', 'many', 'me', 'account'] as const),
  ...(['preview', 'preview', 'suspend', 'suspend'] as const),
];

/** How many grants a revocation by ids has in a batch. */
const IDS_IN_A_BATCH = 200;

/** Whether all of a selection is one batch, which is finished as a whole even if its caller never asks again. */
export function isOneBatch(selection: Selection): boolean {
  if ('grant_ids' in selection) return selection.grant_ids.length <= IDS_IN_A_BATCH;
  return !('filter' in selection && selection.filter.client_id?.startsWith('mass-'));
}

/** Plans so many calls; previews and their executions count as one each. */
export function planCalls(chance: Chance, world: World, count: number): PlannedCall[] {
  const grantIds = new Map<string, string[]>();
  for (const row of world.tokens) {
    if (row.account_id !== ACCOUNT || row.client_id.startsWith('mass-')) continue;
    const own = grantIds.get(row.user_id) ?? [];
    const id = encodeGrantId({ ...row, scope: row.scope.toSorted() });
    if (!own.includes(id)) grantIds.set(row.user_id, [...own, id]);
  }
  const masses = [...world.masses];
  const someone = () => (chance.often(15) ? chance.pick(world.busy) : chance.pick(world.people));
  const include_consent = () => chance.often(40);

  const filter = (): Selection => {
    const status = chance.pick(['active', 'active', 'active', 'all', 'expired'] as const);
    const user_id = someone();
    const project_id = teamOf(world.people.indexOf(user_id));
    const filters = [
      { user_id },
      { user_id },
      { user_id, project_id },
      { client_id: `app-${chance.between(0, 7)}`, project_id },
    ];
    return { filter: chance.pick(filters), status, include_consent: include_consent() };
  };
  const ids = (length: number): Selection => {
    const found = new Set<string>();
    const total = [...grantIds.values()].flat().length;
    while (found.size < Math.min(length, total / 2))
      for (const id of grantIds.get(someone()) ?? []) found.add(id);
    return { grant_ids: [...found].slice(0, length), include_consent: include_consent() };
  };
  const many = (): Selection => {
    const mass = chance.often(10) ? masses.pop() : undefined;
    if (mass !== undefined) return { filter: { client_id: mass }, status: 'active', include_consent: false };
    if (chance.often(55)) return filter();
    return ids(chance.often(4) ? IDS_IN_A_BATCH + 60 : chance.between(1, 12));
  };
  const manner = (selection: Selection): Manner => {
    // Nobody else would finish more than one batch.
    if (!isOneBatch(selection)) return 'patient';
    return chance.pick(['sdk', 'sdk', 'patient', 'careless', 'insistent'] as const);
  };

  const planned: PlannedCall[] = [];
  for (let index = 0; index < count; ) {
    const id = `call-${index}`;
    const kind = chance.pick(KINDS);
    const admin = { id, user_id: `admin-${index}`, kind };
    index += 1;
    if (kind === 'one') {
      const selection = ids(1);
      planned.push({ ...admin, selection, manner: manner(selection), executions: [] });
    } else if (kind === 'suspend') {
      const selection = { ...ids(1), include_consent: false };
      const suspension = { ...admin, selection, manner: manner(selection), executions: [] };
      const restoration = chance.often(60) && { id: `call-${index}`, manner: manner(selection) };
      if (restoration) index += 1;
      planned.push({ ...suspension, ...(restoration && { restoration }) });
    } else if (kind === 'many') {
      const selection = many();
      planned.push({ ...admin, selection, manner: manner(selection), executions: [] });
    } else if (kind === 'preview') {
      const selection = chance.often(70) ? filter() : ids(chance.between(1, 12));
      const executions = Array.from({ length: chance.often(40) ? 2 : 1 }, () => {
        index += 1;
        return { id: `call-${index - 1}`, manner: manner(selection) };
      });
      const intruder = chance.often(20) ? intruderOf(selection, id) : undefined;
      planned.push({ ...admin, selection, manner: 'patient', executions, ...(intruder && { intruder }) });
    } else {
      const user_id = someone();
      const selection = { consent_id: consentOf(user_id, chance.between(0, 2)), user_id };
      planned.push({ id, user_id, kind, selection, manner: manner(selection), executions: [] });
    }
  }
  return planned;
}

/** A token of a grant that a filter selects and that did not exist before; undefined if it selects none such. */
function intruderOf(selection: Selection, id: string): RefreshTokenRow | undefined {
  if (!('filter' in selection) || selection.status === 'expired') return undefined;
  const { user_id = personOf(0), client_id = 'app-0', project_id = 'team-0' } = selection.filter;
  return issued(`of-${id}`, {
    ...{ client_id, user_id, account_id: ACCOUNT, project_id, resource: 'https://api.example/' },
    ...{ scope: [id, 'live'], consent_id: null },
  });
}

/** A live token, as another program issues it. */
export function issued(
  _id: string,
  grant: Omit<
    RefreshTokenRow,
    '_id' | 'created_at' | 'last_used_at' | 'expires_at' | 'revoked_at' | 'updated_at'
  >,
): RefreshTokenRow {
  const now = new Date();
  const dates = { created_at: now, last_used_at: null, expires_at: null, revoked_at: null, updated_at: now };
  return { ...grant, ...dates, _id };
}
