import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { isObject } from '../exchange.ts';
import type { Check } from './check.ts';
import { type Grant, LIST, listGrants, MAX_LIMIT, pathOf } from './grants.ts';
import { objectsIn } from './lists.ts';

const GET = 'getOAuthGrant';
/** How many grants are read one by one. */
const MAX_READ = 5;

type Asked = Record<string, boolean>;

/** Rules of OAuth Grants about the fields of a grant. */
export const GRANT_FIELD_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a grant reads as it is listed, with the fields that were asked for and no others',
    async run(test, { client }) {
      const grants = await listGrants(test, client, { query: { ...askedAll(client), status: 'all' } });
      if (grants.length === 0) test.skip('there is no grant');
      // One of each kind: those with a field that only some have.
      const fields = new Set(grants.flatMap(Object.keys));
      const kinds = [...fields].flatMap((field) => [
        grants.find((grant) => field in grant),
        grants.find((grant) => !(field in grant)),
      ]);
      const chosen = new Set([...grants.slice(0, MAX_READ), ...kinds].map((grant) => grant?.grant_id));
      const ids = [...chosen].filter((id) => typeof id === 'string');
      await expectReadings(test, client, ids);
    },
  },
  {
    document: 'oauth-grants',
    name: 'a suspended grant says so where that is asked for, until it is restored',
    async run(test, { client }) {
      const suspend = client.operation('suspendOAuthGrant');
      if (!client.mayCall(suspend)) test.skip('suspending is a POST: writes were not allowed');
      const grants = await listGrants(test, client, { query: { ...askedAll(client), status: 'all' } });
      const grant = grants.find((one) => one.status === 'active' && one.suspended_until === undefined);
      if (!grant) return test.skip('there is no active grant');
      const path = pathOf(grant);
      const { body } = await client.succeed(test, suspend.operationId, { path });
      const query = { include_suspension: true };
      try {
        await expectReadings(test, client, [path.grant_id]);
        const suspended = await client.succeed(test, GET, { path, query });
        if (suspended.body.suspended_until !== body.suspended_until)
          client.differs(test, suspended, 'another suspended_until than the suspension said');
      } finally {
        await client.call(test, 'restoreOAuthGrant', { path });
      }
      const restored = await client.succeed(test, GET, { path, query });
      if ('suspended_until' in restored.body)
        client.differs(test, restored, 'a suspended_until of a grant that was restored');
    },
  },
];

/**
 * Compares how grants are listed and read, for every parameter by which fields are asked for: both are alike, and a
 * parameter adds its own fields and changes nothing else.
 */
async function expectReadings(test: Case, client: Client, ids: string[]): Promise<void> {
  const names = Object.keys(askedAll(client));
  const alone = names.flatMap((name) => [{ [name]: false }, { [name]: true }]);
  const plain = new Map<string, Grant>();
  const together = new Map<string, Grant>();
  for (const asked of [{}, ...alone, askedAll(client)]) {
    const page = await client.succeed(test, LIST, { query: { ...asked, status: 'all', limit: MAX_LIMIT } });
    for (const id of ids) {
      const entry = objectsIn(page.body, 'grants').find(({ grant_id }) => grant_id === id);
      if (!entry) {
        client.differs(test, page, 'a list without a grant that it had before');
        continue;
      }
      await expectReading(test, client, { entry, asked });
      const before = plain.get(id) ?? entry;
      plain.set(id, before);
      const mayAdd = Object.values(asked).includes(true);
      const changed = differing(entry, before).filter((name) => !mayAdd || name in before);
      if (changed.length > 0)
        client.differs(test, page, `a grant that differs in ${changed} by ${JSON.stringify(asked)}`);
      together.set(id, { ...together.get(id), ...entry });
      const missing = differing(entry, together.get(id) ?? entry);
      if (Object.keys(asked).length === names.length && missing.length > 0)
        client.differs(test, page, `a grant without ${missing}, which was asked for beside other fields`);
    }
  }
}

async function expectReading(
  test: Case,
  client: Client,
  { entry, asked }: { entry: Grant; asked: Asked },
): Promise<void> {
  const path = pathOf(entry);
  const answer = await client.call(test, GET, { path, query: asked });
  if (answer.status !== 200)
    return client.differs(test, answer, `a ${answer.status} for a grant that is listed`);
  const fields = differing(isObject(answer.body) ? answer.body : {}, entry);
  if (fields.length > 0)
    client.differs(test, answer, `a grant that differs from its list entry in ${fields.join(', ')}`);
}

/** Every parameter by which fields are asked for, and yes. */
function askedAll(client: Client): Asked {
  const names = client.operation(GET).parameters?.filter((one) => one.name.startsWith('include_')) ?? [];
  return Object.fromEntries(names.map(({ name }) => [name, true]));
}

/** The fields in which two grants differ. */
function differing(one: Grant, other: Grant): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => !isDeepStrictEqual(one[name], other[name]));
}
