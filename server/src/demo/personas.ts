import type { OwnIssuer } from '../http/own-issuer.ts';
import { ACCOUNTS, PAGE_USER } from './platform.ts';

/** Someone whom a visitor of the demo's pages can be. */
export interface Persona {
  /** Short, for addresses. */
  id: string;
  name: string;
  /** What they are on the platform. */
  role: string;
  /** What they may see, as a sentence. */
  sees: string;
  /** What their access tokens claim. */
  claims: Parameters<OwnIssuer['sign']>[0];
}

const [VERTESIA, NORTHWIND] = ACCOUNTS;

/** Whom a visitor of the demo's pages can be. */
export const PERSONAS: Persona[] = [
  {
    id: 'michael',
    name: PAGE_USER.name ?? PAGE_USER._id,
    role: 'Member',
    sees: 'The apps that he allowed to act in his name, and no one else’s.',
    claims: { sub: PAGE_USER._id, ...membership('account:member') },
  },
  {
    id: 'noor',
    name: 'Noor Haddad',
    role: 'New member',
    sees: 'Nothing yet: she has not allowed any app.',
    claims: { sub: 'noor-haddad', ...membership('account:member') },
  },
  {
    id: 'priya',
    name: 'Priya Raman',
    role: 'Project admin',
    sees: 'Every grant in one project of the account.',
    claims: { sub: 'priya-raman', ...membership('project:admin') },
  },
  {
    id: 'tomas',
    name: 'Tomás Ferreira',
    role: 'Account admin',
    sees: `Every grant in the account of ${VERTESIA.domain}.`,
    claims: { sub: 'tomas-ferreira', ...membership('account:admin') },
  },
  {
    id: 'greta',
    name: 'Greta Nyström',
    role: 'Account admin elsewhere',
    sees: `Every grant in the account of ${NORTHWIND.domain}, and nothing of the others.`,
    claims: { sub: 'greta-nystrom', ...membership('account:admin', NORTHWIND) },
  },
];

/** The claims of someone in an account and its first project. */
function membership(permission: string, { account_id, projects } = VERTESIA) {
  return { account_id, project_id: projects[0], permissions: [permission] };
}
