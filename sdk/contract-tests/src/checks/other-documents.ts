import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../exchange.ts';
import { type Check, NOBODY } from './check.ts';
import { isAscending, objectsIn, repeated } from './lists.ts';

const ME = 'listMeGrants';
const ACCOUNT = 'listMyAccountGrants';

/** Rules of Me grants, My account grants and User consent scopes. */
export const OTHER_DOCUMENTS_CHECKS: Check[] = [
  {
    document: 'me-grants',
    name: 'a person sees their own grants once each, the one granted last first',
    async run(test, { client, known, otherToken }) {
      const answer = await client.succeed(test, ME);
      known.learn(answer.body);
      const grants = objectsIn(answer.body, 'data');
      const ids = grants.map(({ id }) => id);
      if (repeated(ids).length > 0) client.differs(test, answer, 'a grant that is listed twice');
      const isSorted = isAscending(grants.map(({ granted_at }) => -Date.parse(String(granted_at))));
      if (!isSorted) client.differs(test, answer, 'a grant that is newer than the one before');
      if (otherToken === undefined) return test.skip('no other_person_token was given: own grants only');
      const other = await client.succeed(test, ME, { token: otherToken });
      const isShared = objectsIn(other.body, 'data').some(({ id }) => ids.includes(id));
      if (isShared) client.differs(test, other, "a grant that is another person's");
    },
  },
  {
    document: 'account-grants',
    name: 'a grant is in one list of applications, first-party or third-party, the newest first',
    async run(test, { client, known }) {
      if (client.verificationId === undefined) test.skip('no verification_id was given');
      const all = await client.succeed(test, ACCOUNT);
      known.learn(all.body);
      const idsOf = (body: Record<string, unknown>) => objectsIn(body, 'grants').map(({ id }) => id);
      const parts = [];
      for (const appType of ['firstParty', 'thirdParty']) {
        const part = await client.succeed(test, ACCOUNT, { query: { appType } });
        parts.push(...idsOf(part.body));
      }
      const ids = idsOf(all.body);
      if (!isDeepStrictEqual(parts.toSorted(), ids.toSorted())) {
        client.differs(test, all, 'other grants than firstParty and thirdParty together');
      }
      const given = objectsIn(all.body, 'grants').map(({ payload }) => (isObject(payload) ? payload : {}));
      if (!isAscending(given.map(({ iat }) => -Number(iat)))) {
        client.differs(test, all, 'a grant that is newer than the one before');
      }
      if (
        !isDeepStrictEqual(
          given.map(({ jti }) => jti),
          ids,
        )
      ) {
        client.differs(test, all, 'a grant whose id differs from the jti of its payload');
      }
    },
  },
  {
    document: 'account-grants',
    name: 'without a verification record nothing is shown',
    async run(test, { client }) {
      const answer = await client.call(test, ACCOUNT, {
        headers: { 'logto-verification-id': 'contract-tests:none' },
      });
      if (answer.status !== 401)
        client.differs(test, answer, `a ${answer.status} for an unknown verification record`);
    },
  },
  {
    document: 'user-consent-scopes',
    name: 'an application that does not exist is not found',
    async run(test, { client }) {
      const path = { applicationId: NOBODY };
      const answer = await client.call(test, 'listUserConsentScopes', { path });
      if (answer.status !== 404)
        client.differs(test, answer, `a ${answer.status} for an unknown application`);
    },
  },
];
