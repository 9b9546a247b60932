import { hasPassed } from '../answers/grant-values.ts';
import type { Case } from '../case.ts';
import { type Client, claimsIn, type ObjectAnswer } from '../client.ts';
import { isObject } from '../exchange.ts';
import type { Check } from './check.ts';
import { objectsIn } from './lists.ts';

const ME = 'listMeGrants';
const ACCOUNT = 'listMyAccountGrants';

/** Rules of My account grants about each grant, and where Me grants shows the same ones. */
export const OWN_GRANT_CHECKS: Check[] = [
  {
    document: 'account-grants',
    name: 'a grant of My account grants is active, of its application and of the person who asks',
    async run(test, { client }) {
      const answer = await listOwn(test, client);
      const { sub } = claimsIn(client.tokenOf('account-grants')) ?? {};
      const grants = objectsIn(answer.body, 'grants');
      if (grants.length === 0) test.skip('the person has no grant');
      for (const { payload, application, expiresAt } of grants) {
        if (!isObject(payload) || !isObject(application)) continue;
        if (payload.clientId !== application.id)
          client.differs(test, answer, 'a payload of another application');
        if (sub !== undefined && payload.accountId !== sub)
          client.differs(test, answer, 'a payload of another person');
        if (Math.abs(Number(expiresAt) - Number(payload.exp) * 1_000) >= 1_000)
          client.differs(test, answer, 'an expiresAt that is another moment than exp');
        if (hasPassed(new Date(Number(expiresAt)).toISOString(), answer.headers))
          client.differs(test, answer, 'a grant that has expired');
      }
    },
  },
  {
    document: 'account-grants',
    name: 'My account grants are among Me grants, and appType parts them as is_first_party does',
    async run(test, { client }) {
      if (!client.operations.some(({ operationId }) => operationId === ME))
        return test.skip('Me grants is not tested');
      if (client.tokenOf('me-grants') !== client.tokenOf('account-grants'))
        test.skip("Me grants has another person's token");
      const me = await client.succeed(test, ME);
      const own = new Map(objectsIn(me.body, 'data').map((grant) => [grant.id, grant]));
      for (const [appType, isFirst] of [
        [undefined, undefined],
        ['firstParty', true],
        ['thirdParty', false],
      ] as const) {
        const answer = await listOwn(test, client, appType);
        for (const { id, application } of objectsIn(answer.body, 'grants')) {
          const same = own.get(id);
          if (!same) client.differs(test, answer, 'a grant that Me grants does not have');
          else if (isObject(application) && application.id !== same.client_id)
            client.differs(test, answer, 'a grant of another application than in Me grants');
          else if (isFirst !== undefined && same.is_first_party !== isFirst)
            client.differs(test, answer, `a grant with appType=${appType} that Me grants calls otherwise`);
        }
      }
    },
  },
  {
    document: 'me-grants',
    name: 'a grant of Me grants was changed last after it was given, and asks for no scope',
    async run(test, { client, inputs }) {
      const answer = await client.succeed(test, ME);
      for (const { granted_at, updated_at } of objectsIn(answer.body, 'data')) {
        if (Date.parse(String(updated_at)) < Date.parse(String(granted_at)))
          client.differs(test, answer, 'an updated_at before granted_at');
      }
      const { scopeless_token: token } = inputs;
      if (token === undefined) return test.skip('no scopeless_token was given');
      await client.succeed(test, ME, { token });
    },
  },
];

/** The grants in My account grants; ends the case where no verification record was given. */
async function listOwn(test: Case, client: Client, appType?: string): Promise<ObjectAnswer> {
  if (client.verificationId === undefined) test.skip('no verification_id was given');
  return await client.succeed(test, ACCOUNT, appType === undefined ? {} : { query: { appType } });
}
