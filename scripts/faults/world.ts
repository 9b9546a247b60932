import type { Collections, ConsentRow, RefreshTokenRow } from '../../server/src/database/collections.ts';
import type { Chance } from '../../server/src/demo/random.ts';

export const ACCOUNT = 'account';
/** The same people and clients have grants here, which no request selects. */
const OTHER_ACCOUNT = 'another-account';
const DAY = 86_400_000;
const CLIENTS = 8;
const GRANTS_EACH = 4;
const CONSENTS_EACH = 3;
/** How many people share a project. */
const TEAM = 20;
/** More grants than one batch of a revocation by filter. */
export const MASS = 1_150;
/** How many people issue tokens again and again. */
const BUSY = 12;

/** What is stored before the first call. */
export interface World {
  tokens: RefreshTokenRow[];
  consents: ConsentRow[];
  people: string[];
  /** Some of them: other programs keep issuing tokens to them. */
  busy: string[];
  /** Clients with more grants than one batch has. */
  masses: string[];
}

export const personOf = (index: number) => `person-${index}`;
export const teamOf = (person: number) => `team-${Math.floor(person / TEAM)}`;
export const consentOf = (user_id: string, index: number) => `consent-${user_id}-${index}`;
export const verificationOf = (user_id: string) => `verified-${user_id}`;

/** Whether a grant of the world has had a live token from the start: only such grants get new ones. */
export function isLiveKind({ scope }: Pick<RefreshTokenRow, 'scope'>): boolean {
  return scope.includes('live');
}

/** Makes a world that is large enough for so many calls. */
export function makeWorld(chance: Chance, calls: number): World {
  const now = new Date();
  const people = Array.from({ length: Math.max(3 * TEAM, calls) }, (_, index) => personOf(index));
  const base = { created_at: new Date(now.getTime() - 30 * DAY), updated_at: now, last_used_at: null };
  const expired = new Date(now.getTime() - 5 * DAY);
  const later = new Date(now.getTime() + 30 * DAY);
  let count = 0;
  const token = (values: Omit<RefreshTokenRow, '_id' | keyof typeof base | 'resource' | 'expires_at'>) => {
    count += 1;
    const expires_at = values.scope.includes('expired') ? expired : chance.pick([later, null]);
    return { _id: `token-${count}`, resource: 'https://api.example/', expires_at, ...base, ...values };
  };
  const tokens: RefreshTokenRow[] = [];
  const consents: ConsentRow[] = [];
  for (const [index, user_id] of people.entries()) {
    for (let consent = 0; consent < CONSENTS_EACH; consent += 1) {
      consents.push({
        _id: consentOf(user_id, consent),
        client_id: `app-${consent}`,
        user_id,
        account_id: ACCOUNT,
        project_id: teamOf(index),
        resource: 'https://api.example/',
        scope: ['openid'],
        granted_at: base.created_at,
        updated_at: now,
        expires_at: null,
        revoked_at: chance.often(10) ? base.created_at : null,
      });
    }
    for (let grant = 0; grant < GRANTS_EACH; grant += 1) {
      const kind = chance.often(70) ? 'live' : chance.pick(['expired', 'revoked']);
      const six = {
        client_id: `app-${chance.between(0, CLIENTS - 1)}`,
        user_id,
        account_id: chance.often(5) ? OTHER_ACCOUNT : ACCOUNT,
        project_id: teamOf(index),
        scope: [`grant-${grant}`, kind],
      };
      for (let row = chance.between(1, 3); row > 0; row -= 1) {
        const isDead = kind === 'revoked' || (row > 1 && chance.often(20));
        const consent = six.account_id === ACCOUNT && chance.often(70);
        const one = token({
          ...six,
          consent_id: consent ? consentOf(user_id, chance.between(0, CONSENTS_EACH - 1)) : null,
          revoked_at: isDead ? base.created_at : null,
        });
        // A grant of the live kind also has expired tokens, but not only.
        tokens.push(kind === 'live' && row > 1 && chance.often(25) ? { ...one, expires_at: expired } : one);
      }
    }
  }
  const masses = Array.from({ length: Math.floor(calls / 250) }, (_, index) => `mass-${index}`);
  for (const client_id of masses) {
    for (let index = 0; index < MASS; index += 1) {
      const six = { client_id, user_id: `of-${client_id}-${index}`, account_id: ACCOUNT, project_id: 'mass' };
      tokens.push(token({ ...six, scope: ['live'], consent_id: null, revoked_at: null }));
    }
  }
  return { tokens, consents, people, busy: people.slice(0, BUSY), masses };
}

/** Writes a world into an empty store, with what callers need to be let in. */
export async function fill(collections: Collections, world: World, callers: string[]): Promise<void> {
  const later = new Date(Date.now() + DAY);
  await Promise.all([
    collections.refreshTokens.collection.insertMany(world.tokens as object[]),
    collections.consents.collection.insertMany(world.consents as object[]),
    // Only first parties may take consents back.
    collections.clients.insertMany(callers.map((_id) => ({ _id, name: _id, is_first_party: true }))),
    collections.verificationRecords.insertMany(
      world.people.map((user_id) => ({
        _id: verificationOf(user_id),
        user_id,
        type: 'Password',
        verified: true,
        expires_at: later,
      })),
    ),
  ]);
}
