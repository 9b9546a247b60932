import type {
  AuditEntryRow,
  AuditEventRow,
  ConsentRow,
  RefreshTokenRow,
  WebhookMessageRow,
} from '../../server/src/database/collections.ts';
import type { Database } from '../../server/src/database/connect.ts';
import type { components } from '../../server/src/generated/oauth-grants.ts';
import { differences, writeDifference } from '../../server/src/grants/read-model/check.ts';
import { IS_NOT_SUSPENDED } from '../../server/src/grants/read-model/mark.ts';
import { GrantModel } from '../../server/src/grants/read-model/model.ts';
import type { StoredGrant, Suspension } from '../../server/src/grants/rows/store.ts';
import type { OwnIssuer } from '../../server/src/http/own-issuer.ts';
import { ACCOUNT } from './world.ts';

export type Grant = components['schemas']['OAuthGrant'];
export type Event = components['schemas']['OAuthGrantAuditEvent'];

/** What a server lists to an account admin. */
export interface Listed {
  grants: Grant[];
  events: Event[];
}

/** What is there once all is over. */
export interface Snapshot {
  tokens: RefreshTokenRow[];
  consents: ConsentRow[];
  events: AuditEventRow[];
  entries: AuditEntryRow[];
  suspensions: Suspension[];
  /** Stored grants that are marked as suspended. */
  suspended: Pick<StoredGrant, '_id' | 'revoking' | 'suspension' | 'suspended_until'>[];
  /** The outbox of the webhooks. */
  messages: Pick<WebhookMessageRow, 'receiver' | 'id' | 'number' | 'state'>[];
  /** What is still under way. */
  open: { marks: number; batches: number; events: number; 'unsent events': number };
  /** Where the read model is not what the rows say, as JSON. */
  differences: string[];
  listed: Listed[];
}

/** Reads everything, from the database and by each server. */
export async function takeSnapshot(
  { collections }: Database,
  urls: string[],
  sign: OwnIssuer['sign'],
): Promise<Snapshot> {
  const model = new GrantModel({ collections, clock: () => new Date() });
  const found: string[] = [];
  for await (const difference of differences(model)) found.push(writeDifference(difference));
  const { rows, consents, events, entries, grants, batches, suspensions } = model.store;
  const token = await sign({ sub: 'auditor', account_id: ACCOUNT, permissions: ['account:admin'] }, 3_600);
  return {
    tokens: await rows.find<RefreshTokenRow>({}).toArray(),
    consents: await consents.find<ConsentRow>({}).toArray(),
    events: await events.find({}).toArray(),
    entries: await entries.find({}).toArray(),
    suspensions: await suspensions.find({}).toArray(),
    suspended: await grants.find({ suspension: { $exists: true } }).toArray(),
    open: {
      marks: await grants.countDocuments({ revoking: true, ...IS_NOT_SUSPENDED }),
      batches: await batches.countDocuments({ finished_at: null }),
      events: await events.countDocuments({ finished_at: null }),
      'unsent events': await events.countDocuments({ unsent: true }),
    },
    messages: await collections.webhookMessages.find().lean(),
    differences: found,
    listed: await Promise.all(urls.map((url) => list(url, token))),
  };
}

async function list(url: string, token: string): Promise<Listed> {
  const ask = async <Page>(path: string): Promise<Page> => {
    const answer = await fetch(`${url}/api/v1/oauth-grants${path}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer.json() as Promise<Page>;
  };
  const listed: Listed = { grants: [], events: [] };
  type Grants = components['schemas']['OAuthGrantListResponse'];
  type Events = components['schemas']['OAuthGrantAuditEventListResponse'];
  for (let cursor: string | undefined = 'first'; cursor !== undefined; ) {
    const page: Grants = await ask(
      `?status=all&include_suspension=true&limit=1000&cursor=${encodeURIComponent(cursor)}`,
    );
    listed.grants.push(...page.grants);
    cursor = page.next_cursor;
  }
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Events = await ask(
      `/audit-events?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    listed.events.push(...page.events);
    cursor = page.next_cursor;
  }
  return listed;
}
