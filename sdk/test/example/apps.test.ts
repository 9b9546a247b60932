import type { MeGrant } from '@grantkeeper/sdk';
import { describe, expect, it } from 'vitest';
import { type App, appsWith, isUnused } from '../../example/src/connected-apps/apps.ts';
import { documented } from '../../src/generated/documented.gen.ts';

const NOW = new Date('2026-06-15T12:00:00.000Z');
const [example] = documented.listMeGrants.answers[200].examples.two_grants.data;

function grant(changes: Partial<MeGrant>): MeGrant {
  if (!example) throw new Error('there is no example');
  return { ...example, granted_at: '2026-01-01T00:00:00.000Z', last_used_at: null, ...changes };
}

it('an app counts as unused 90 days after it was used last, or allowed, whichever is later', () => {
  const of = (changes: Partial<MeGrant>) => isUnused(grant(changes), NOW);
  expect(of({})).toBe(true);
  expect(of({ last_used_at: '2026-03-17T12:00:00.000Z' })).toBe(true);
  expect(of({ last_used_at: '2026-03-17T12:00:00.001Z' })).toBe(false);
  expect(of({ granted_at: '2026-06-01T00:00:00.000Z' })).toBe(false);
  const last_used_at = '2026-02-01T00:00:00.000Z';
  expect(of({ granted_at: '2026-06-14T00:00:00.000Z', last_used_at })).toBe(false);
});

describe('the apps with a text', () => {
  const names = ['Éclat Analytics', 'Notion'];
  const apps = names.map((name): App => {
    const own = grant({ client_id: name, client_name: name, client_uri: null });
    return { client_id: name, name, grants: [own], hasFullAccess: false, isUnused: false };
  });

  it.each([
    ['eclat', ['Éclat Analytics']],
    ['écl', ['Éclat Analytics']],
    ['NOT', ['Notion']],
    [' ', names],
    ['x', []],
  ])('%j are %j, whatever case and accents', (text, found) => {
    expect(appsWith(text, apps).map(({ name }) => name)).toEqual(found);
  });
});
