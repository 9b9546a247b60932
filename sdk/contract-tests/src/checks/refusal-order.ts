import type { Case } from '../case.ts';
import type { Call, Client } from '../client.ts';
import type { DocumentName } from '../documents.ts';
import { isObject } from '../exchange.ts';
import { type Check, type CheckContext, NOBODY } from './check.ts';
import { findApplication } from './scope-assignment.ts';

/** Something that is wrong with a request, and what answers it if nothing that is looked at before is wrong, too. */
interface Wrong {
  what: string;
  call: Call;
  status: number;
  code: string;
}

const NO_TOKEN: Wrong = {
  what: 'no token',
  call: { token: null },
  status: 401,
  code: 'auth.authorization_header_missing',
};
const BAD_TOKEN: Wrong = {
  what: 'a token that is none',
  call: { token: 'contract-tests' },
  status: 401,
  code: 'auth.unauthorized',
};
const BAD_PARAMETER: Wrong = {
  what: 'a parameter without a meaning',
  call: { query: { contract_tests: '1' } },
  status: 400,
  code: 'guard.invalid_input',
};
const NO_APPLICATION: Wrong = {
  what: 'an unknown application',
  call: { path: { applicationId: NOBODY } },
  status: 404,
  code: 'entity.not_exists_with_id',
};

interface Order {
  document: DocumentName;
  operationId: string;
  /** What every request has where nothing else is said, so that it changes nothing. */
  base: (context: CheckContext) => Call;
  /** What may be wrong, in the order in which the document looks at it. */
  wrongs: (test: Case, context: CheckContext) => Wrong[] | Promise<Wrong[]>;
  /** Inputs that some of it needs. */
  needs: string[];
}

/** Operations of which their documents say in which order things are looked at. */
const ORDERS: Order[] = [
  {
    document: 'account-grants',
    operationId: 'listMyAccountGrants',
    base: () => ({}),
    wrongs: (_, { inputs }) => accountWrongs(inputs),
    needs: ['application_token', 'scopeless_token'],
  },
  {
    document: 'account-grants',
    operationId: 'revokeMyAccountGrant',
    base: () => ({ path: { grantId: NOBODY } }),
    wrongs: (_, { inputs }) => [
      ...accountWrongs(inputs),
      ...[inputs.third_party_token, inputs.unregistered_token].flatMap((token) =>
        withToken(token, {
          what: 'a token of an application that is not first-party',
          status: 403,
          code: 'auth.third_party_application_forbidden',
        }),
      ),
      { what: 'an unknown grant', call: {}, status: 404, code: 'oidc.invalid_grant' },
    ],
    needs: ['application_token', 'scopeless_token', 'third_party_token', 'unregistered_token'],
  },
  {
    document: 'user-consent-scopes',
    operationId: 'assignUserConsentScopes',
    base: ({ known }) => ({ path: { applicationId: known.of('applicationId')[0] ?? NOBODY } }),
    wrongs: async (test, context) => [
      {
        what: 'a user scope that does not exist',
        call: { body: { userScopes: [NOBODY] } },
        status: 400,
        code: 'guard.invalid_input',
      },
      NO_APPLICATION,
      ...(await firstParty(test, context)),
      {
        what: 'an unknown id',
        call: { body: { organizationScopes: [NOBODY] } },
        status: 422,
        code: 'application.user_consent_scopes_not_found',
      },
    ],
    needs: [],
  },
  {
    document: 'user-consent-scopes',
    operationId: 'removeUserConsentScope',
    base: ({ known }) => ({
      path: {
        applicationId: known.of('applicationId')[0] ?? NOBODY,
        scopeType: 'user-scopes',
        scopeId: NOBODY,
      },
    }),
    wrongs: () => [
      BAD_PARAMETER,
      NO_APPLICATION,
      { what: 'a scope that is not assigned', call: {}, status: 404, code: 'entity.not_found' },
    ],
    needs: [],
  },
];

/** A check of each operation of which its document says in which order things are looked at. */
export const REFUSAL_ORDER_CHECKS: Check[] = ORDERS.map(({ document, operationId, base, wrongs, needs }) => ({
  document,
  name: `of two things that are wrong with ${operationId}, the one that is looked at first is answered`,
  async run(test, context) {
    const { client, inputs } = context;
    if (!client.mayCall(client.operation(operationId))) test.skip('it writes: writes were not allowed');
    if (document === 'account-grants' && client.verificationId === undefined) {
      test.skip('no verification_id was given');
    }
    const ordered = await wrongs(test, context);
    for (const [index, first] of ordered.entries()) {
      for (const second of ordered.slice(index + 1)) {
        const call = merged(base(context), first.call, second.call);
        if (call) await expectFirst(test, client, { operationId, call, first, second });
      }
    }
    const missing = needs.filter((name) => inputs[name] === undefined);
    if (missing.length > 0) test.skip(`no ${missing.join(', ')} was given`);
  },
}));

async function expectFirst(
  test: Case,
  client: Client,
  { operationId, call, first, second }: { operationId: string; call: Call; first: Wrong; second: Wrong },
): Promise<void> {
  const answer = await client.call(test, operationId, call);
  const code = isObject(answer.body) ? answer.body.code : undefined;
  if (answer.status !== first.status || code !== first.code)
    client.differs(test, answer, `a ${answer.status} ${code} for ${first.what} and ${second.what}`);
}

/** A request that is wrong in two ways; undefined if one of them takes the place of the other. */
function merged(base: Call, first: Call, second: Call): Call | undefined {
  if (first.token !== undefined && second.token !== undefined) return undefined;
  if (first.path && second.path) return undefined;
  const bodies = [base.body, first.body, second.body].filter(isObject);
  return {
    ...base,
    ...first,
    ...second,
    path: { ...base.path, ...first.path, ...second.path },
    ...(bodies.length > 0 ? { body: Object.assign({}, ...bodies) } : {}),
  };
}

/** What may be wrong with both operations of My account grants. */
function accountWrongs(inputs: Record<string, string>): Wrong[] {
  return [
    NO_TOKEN,
    BAD_TOKEN,
    ...withToken(inputs.application_token, {
      what: "an application's own token",
      status: 403,
      code: 'auth.forbidden',
    }),
    BAD_PARAMETER,
    {
      what: 'no verification record',
      call: { withoutRecord: true },
      status: 401,
      code: 'verification_record.permission_denied',
    },
    ...withToken(inputs.scopeless_token, {
      what: 'a token without the scope',
      status: 401,
      code: 'auth.unauthorized',
    }),
  ];
}

function withToken(token: string | undefined, wrong: Omit<Wrong, 'call'>): Wrong[] {
  return token === undefined ? [] : [{ ...wrong, call: { token } }];
}

async function firstParty(test: Case, context: CheckContext): Promise<Wrong[]> {
  const applicationId = await findApplication(test, context, 422);
  if (applicationId === undefined) return [];
  const code = 'application.third_party_application_only';
  return [{ what: 'a first-party application', call: { path: { applicationId } }, status: 422, code }];
}
