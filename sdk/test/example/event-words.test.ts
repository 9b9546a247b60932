import type { OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import { describe, expect, it } from 'vitest';
import type { Names } from '../../example/src/events/names.ts';
import {
  actorOf,
  amountOf,
  selectionOf,
  shortened,
  whatOf,
  whatOfOne,
  whyOf,
} from '../../example/src/events/words.ts';
import { exactly } from '../../example/src/shared/time.tsx';

const MOMENT = '2026-01-01T12:00:00.000Z';

const EVENT: OAuthGrantAuditEvent = {
  event_id: 'e',
  at: '2026-04-01T00:00:00.000Z',
  action: 'revoke',
  reason: 'requested',
  operation: 'revokeOAuthGrant',
  by: {},
  include_consent: false,
  grants: 1,
  revoked_tokens: 2,
  revoked_consents: 0,
  grant_ids: [],
};
const PURGE = {
  action: 'purge',
  reason: 'retention',
  operation: 'purge',
  grants: 0,
  deleted_tokens: 1,
} as const;

const NAMES: Names = {
  user: (id) => (id === 'u' ? 'Michael Vachette' : undefined),
  client: (id) => (id === 'c' ? 'Claude Code' : undefined),
  project: (id) => (id === 'p' ? 'Customer support' : undefined),
  grant: () => undefined,
};

describe('an event in words', () => {
  it.each([
    [{}, 'Revoked 1 grant', '2 tokens, 0 consents'],
    [{ grants: 1200, revoked_consents: 1 }, 'Revoked 1,200 grants', '2 tokens, 1 consent'],
    [{ grants: 0, revoked_tokens: 0, revoked_consents: 1 }, 'Revoked 1 consent', ''],
    [{ action: 'suspend', revoked_tokens: 0 }, 'Suspended 1 grant', ''],
    [{ action: 'restore', revoked_tokens: 0 }, 'Restored 1 grant', ''],
    [PURGE, 'Deleted 1 token', 'expired, or revoked long ago'],
  ] as const)('says what happened, and how much: %o', (change, what, amount) => {
    expect([whatOf({ ...EVENT, ...change }), amountOf({ ...EVENT, ...change })]).toEqual([what, amount]);
  });

  it('says what happened to one of its grants', () => {
    expect([0, 1, 2].map((grants) => whatOfOne({ ...EVENT, grants }))).toEqual([
      'Consent revoked',
      'Revoked',
      'Revoked with 1 other grant',
    ]);
  });

  it.each([
    [{ by: { client_id: 'c' }, operation: 'revocation' }, 'Claude Code'],
    [{ by: { client_id: 'other' }, operation: 'revocation' }, 'other'],
    [{ by: { client_id: 'c' }, operation: 'token', reason: 'reuse' }, 'Authorization server'],
    [{ operation: 'end_session_confirm', reason: 'logout' }, 'Authorization server'],
    [{}, 'A program'],
    [PURGE, 'A command'],
    [{ operation: 'revoke' }, 'A command'],
  ])('names what acted where no person did: %o', (change, actor) => {
    expect(actorOf({ ...EVENT, ...change }, NAMES)).toBe(actor);
  });

  it('says what happened to a grant that was suspended, and restored or not', () => {
    const actions = ['suspend', 'restore'] as const;
    expect(actions.map((action) => whatOfOne({ ...EVENT, action }))).toEqual(['Suspended', 'Restored']);
    expect(whyOf({ ...EVENT, reason: 'suspension-over' })).toBe('Nobody restored it in time');
  });

  it('keeps the reasons of other authorization servers as they are', () => {
    expect(whyOf({ ...EVENT, reason: 'employee_left' })).toBe('employee_left');
  });

  it.each([
    [{}, 'Every active grant in the account'],
    [{ user_id: 'u', client_id: 'c' }, 'Every active grant of Michael Vachette to Claude Code'],
    [
      { status: 'all', resource: 'https://mcp.vertesia.io/', project_id: '67dcf023c2a0761b44051f6f' },
      'Every grant for mcp.vertesia.io in the project 67dcf023…',
    ],
    [{ project_id: 'p' }, 'Every active grant in the project Customer support'],
    [{ unused_since: MOMENT }, `Every active grant in the account not used since ${exactly(MOMENT)}`],
  ] as const)('says what a bulk revocation selected: %o', (filter, words) => {
    const parts = selectionOf({ account_id: 'a', status: 'active', ...filter }, NAMES);
    expect(parts.map(({ text }) => text).join(' ')).toBe(words);
  });
});

describe('ids', () => {
  it.each([
    ['67dcf023c2a0761b44051f6f', '67dcf023…'],
    ['0f9c7a52-6a0e-4a51-9b0e-1f4c1c6f2d7b', '0f9c7a52…'],
    ['https://agent.example/oauth/client.json?v=2', 'agent.example'],
    ['tomas-ferreira', 'tomas-ferreira'],
    ['grantkeeper-own-issuer', 'grantkeeper-own-issuer'],
  ])('are shortened where nobody can read them: %s', (id, shown) => {
    expect(shortened(id)).toBe(shown);
  });
});
