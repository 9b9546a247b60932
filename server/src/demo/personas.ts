import { VERIFICATION_ID } from './page-user.ts';
import { ACCOUNTS, PAGE_USER } from './platform.ts';

/** What an access token says of whom it is for: see http/claims.ts. */
export type PersonaClaims = {
  sub: string;
  scope?: string;
  account_id?: string;
  project_id?: string;
  permissions?: string[];
};

/** A person or program that a visitor of the demo can be. */
export interface Persona {
  /** Short, for URLs. */
  id: string;
  name: string;
  /** Their role on the platform. */
  role: string;
  /** What they may see, as a sentence. */
  sees: string;
  /** The documents that their access tokens work for. */
  documents: string[];
  /** The value of the header `logto-verification-id`, for documents that require it. */
  verification_id?: string;
  /** The claims of their access tokens. */
  claims: PersonaClaims;
}

const [VERTESIA, NORTHWIND] = ACCOUNTS;

const SHOWN_TO_EVERYBODY = ['oauth-grants', 'me-grants'];

/** Everyone a visitor of the demo can be. */
export const PERSONAS: Persona[] = [
  {
    id: 'michael',
    name: PAGE_USER.name ?? PAGE_USER._id,
    role: 'Member',
    sees: 'The apps that he allowed to act in his name, and no one else’s.',
    documents: [...SHOWN_TO_EVERYBODY, 'account-grants'],
    verification_id: VERIFICATION_ID,
    claims: {
      sub: PAGE_USER._id,
      scope: 'openid urn:logto:scope:sessions',
      ...membership('account:member'),
    },
  },
  {
    id: 'noor',
    name: 'Noor Haddad',
    role: 'New member',
    sees: 'Nothing yet: she has not allowed any app.',
    documents: SHOWN_TO_EVERYBODY,
    claims: { sub: 'noor-haddad', ...membership('account:member') },
  },
  {
    id: 'priya',
    name: 'Priya Raman',
    role: 'Project admin',
    sees: 'Every grant in one project of the account.',
    documents: SHOWN_TO_EVERYBODY,
    claims: { sub: 'priya-raman', ...membership('project:admin') },
  },
  {
    id: 'tomas',
    name: 'Tomás Ferreira',
    role: 'Account admin',
    sees: `Every grant in the account of ${VERTESIA.domain}.`,
    documents: SHOWN_TO_EVERYBODY,
    claims: { sub: 'tomas-ferreira', ...membership('account:admin') },
  },
  {
    id: 'greta',
    name: 'Greta Nyström',
    role: 'Account admin elsewhere',
    sees: `Every grant in the account of ${NORTHWIND.domain}, and nothing of the others.`,
    documents: SHOWN_TO_EVERYBODY,
    claims: { sub: 'greta-nystrom', ...membership('account:admin', NORTHWIND) },
  },
  {
    id: 'management',
    name: 'The management API',
    role: 'Program',
    sees: 'Which scopes applications may ask people for, and changes them.',
    documents: ['user-consent-scopes'],
    claims: { sub: 'management-api', scope: 'all' },
  },
];

/** The claims of a member of an account and its first project. */
function membership(permission: string, { account_id, projects } = VERTESIA) {
  return { account_id, project_id: projects[0], permissions: [permission] };
}
