// Uses the published packages, in the project that has installed them.
import assert from 'node:assert/strict';
import { createAdapter } from '@grantkeeper/oidc-provider';
import { createGrantkeeper } from '@grantkeeper/sdk';

const { me } = createGrantkeeper({ baseUrl: process.env.URL, token: process.env.TOKEN });
const [newest] = await me.listGrants();
await me.revokeGrant(newest.id);
assert(!(await me.listGrants()).some(({ id }) => id === newest.id));

const db = { collection: () => ({}) };
const { adapter } = createAdapter({ db, place: () => ({ account_id: 'a', project_id: '', resource: 'r' }) });
assert.equal(typeof adapter('RefreshToken').upsert, 'function');
console.log(`${newest.client_name} is revoked.`);
