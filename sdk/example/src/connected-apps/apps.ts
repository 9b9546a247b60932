import type { MeGrant } from '@grantkeeper/sdk';
import { appName } from '../shared/app-name.ts';

/** An app, and all that a person has allowed it. */
export interface App {
  client_id: string;
  name: string;
  grants: readonly [MeGrant, ...MeGrant[]];
  /** Whether it may do everything that the person can do. */
  hasFullAccess: boolean;
  /** Whether none of it was used for a long time. */
  isUnused: boolean;
}

const DAY = 24 * 60 * 60 * 1_000;
/** From when on an app counts as unused, in milliseconds since it was used or allowed. */
const LONG = 90 * DAY;

/** One entry for each app, in the order of the list. */
export function appsOf(grants: readonly MeGrant[], now: Date): App[] {
  const ids = new Set(grants.map(({ client_id }) => client_id));
  return [...ids].flatMap((client_id) => {
    const own = grants.filter((grant) => grant.client_id === client_id);
    const [first, ...others] = own;
    if (!first) return [];
    return {
      client_id,
      name: appName(first),
      grants: [first, ...others],
      hasFullAccess: own.some(({ scopes_granted }) => scopes_granted.includes('all')),
      isUnused: own.every((grant) => isUnused(grant, now)),
    };
  });
}

/** The apps with a text in their name or the address of their page, whatever its case and accents. */
export function appsWith(text: string, apps: readonly App[]): readonly App[] {
  const wanted = folded(text.trim());
  const has = (value: string | null) => value !== null && folded(value).includes(wanted);
  return apps.filter(({ name, grants: [{ client_name, client_uri }] }) =>
    [name, client_name, client_uri].some(has),
  );
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Whether something was neither used nor allowed for a long time: who allows an app again will use it. */
export function isUnused({ last_used_at, granted_at }: MeGrant, now: Date): boolean {
  const last = Math.max(Date.parse(granted_at), Date.parse(last_used_at ?? granted_at));
  return now.getTime() - last >= LONG;
}
