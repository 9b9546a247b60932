import { randomUUID } from 'node:crypto';
import type { ConsentRow, RefreshTokenRow } from '../src/database/collections.ts';

/** The six values of the grant that the published page shows. */
export const PAGE_GRANT = {
  client_id: 'vts_abc123',
  user_id: '67e000dd2125fc47eb9ed815',
  account_id: '652feb8b38902b2e2245a2fb',
  project_id: '67dcf023c2a0761b44051f6f',
  resource: 'https://mcp.vertesia.io/',
  scope: ['mcp', 'openid', 'profile', 'project:67dcf023c2a0761b44051f6f'],
};

/** The id that the page prints for it. */
export const PAGE_GRANT_ID =
  'eyJjbGllbnRfaWQiOiJ2dHNfYWJjMTIzIiwidXNlcl9pZCI6IjY3ZTAwMGRkMjEyNWZjNDdlYjllZDgxNSIsImFjY291bnRfaWQiOiI2NTJmZWI4YjM4OTAyYjJlMjI0NWEyZmIiLCJwcm9qZWN0X2lkIjoiNjdkY2YwMjNjMmEwNzYxYjQ0MDUxZjZmIiwicmVzb3VyY2UiOiJodHRwczovL21jcC52ZXJ0ZXNpYS5pby8iLCJzY29wZSI6WyJtY3AiLCJvcGVuaWQiLCJwcm9maWxlIiwicHJvamVjdDo2N2RjZjAyM2MyYTA3NjFiNDQwNTFmNmYiXX0';

const created = new Date('2026-05-01T00:00:00.000Z');

/** A live refresh token of the page's grant, but for what the test says of it. */
export function tokenRow(values: Partial<RefreshTokenRow> = {}): RefreshTokenRow {
  return {
    _id: randomUUID(),
    consent_id: null,
    ...PAGE_GRANT,
    created_at: created,
    last_used_at: null,
    expires_at: new Date('2026-07-01T00:00:00.000Z'),
    revoked_at: null,
    updated_at: created,
    ...values,
  };
}

/** An unrevoked consent of the page's grant, but for what the test says of it. */
export function consentRow(values: Partial<ConsentRow> = {}): ConsentRow {
  return {
    _id: randomUUID(),
    ...PAGE_GRANT,
    granted_at: created,
    updated_at: created,
    expires_at: null,
    revoked_at: null,
    ...values,
  };
}

/** Who asks for a revocation, where nobody asks over HTTP. */
export const ASKED = { by: { user_id: 'admin', client_id: null }, request_id: null, operation: 'test' };
