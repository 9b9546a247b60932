import { describe, expect, it } from 'vitest';
import { SCOPE_WORDS } from '../../../server/src/demo/scope-words.ts';
import { appName } from '../../example/src/shared/app-name.ts';
import { inWords } from '../../example/src/shared/scopes.ts';
import { fromNow } from '../../example/src/shared/time.tsx';
import { count } from '../../example/src/shared/words.ts';

describe('scopes in words', () => {
  it('say what weighs most first, each thing once, whatever the order of the scopes', () => {
    expect(inWords(['openid', 'content:read', 'content:write', 'openid']).may).toEqual([
      'create, change and delete your content',
      'read your content',
      'verify your identity',
    ]);
  });

  it('say what the demo says where an app asks for them, in the same order', () => {
    for (const [scope, words] of SCOPE_WORDS) expect(inWords([scope]).may).toEqual([words]);
    expect(inWords([...SCOPE_WORDS.keys()].reverse()).may).toEqual([...SCOPE_WORDS.values()]);
  });

  it('tell the projects that they are limited to apart', () => {
    expect(inWords(['mcp', 'project:67dc', 'project:6802'])).toEqual({
      may: ['use the platform’s tools in your name'],
      projects: ['67dc', '6802'],
    });
  });

  it('make sense of scopes without words of their own, and put them first', () => {
    expect(inWords(['openid', 'billing_reports:read', 'calendar:delete', 'urn:x:y', 'sudo']).may).toEqual([
      'see your billing reports',
      'delete your calendar',
      'use “urn:x:y”',
      'use “sudo”',
      'verify your identity',
    ]);
    expect(inWords([])).toEqual({ may: [], projects: [] });
  });
});

describe('times', () => {
  const now = new Date('2026-06-15T12:00:00Z');

  it.each([
    ['2026-06-15T11:59:31Z', 'just now'],
    ['2026-06-15T12:00:20Z', 'just now'],
    ['2026-06-15T11:57:00Z', '3 minutes ago'],
    ['2026-06-15T11:00:00Z', '1 hour ago'],
    ['2026-06-14T12:00:00Z', 'yesterday'],
    ['2026-06-12T11:00:00Z', '3 days ago'],
    ['2026-05-18T12:00:00Z', '28 days ago'],
    ['2026-05-10T12:00:00Z', '1 month ago'],
    ['2024-06-01T12:00:00Z', '2 years ago'],
    ['2026-06-16T13:00:00Z', 'tomorrow'],
    ['2026-07-20T12:00:00Z', 'in 1 month'],
  ])('%s is told as %s', (moment, told) => {
    expect(fromNow(new Date(moment), now)).toBe(told);
  });

  it('name the days of the calendar, not so many hours', () => {
    // At noon, where the visitor is.
    const now = new Date(2026, 5, 15, 12);
    const told = (day: number, hour: number) => fromNow(new Date(2026, 5, day, hour), now);
    expect([told(13, 13), told(14, 11), told(13, 11)]).toEqual(['2 days ago', 'yesterday', '2 days ago']);
    expect([told(17, 11), told(16, 13)]).toEqual(['in 2 days', 'tomorrow']);
  });
});

describe('names and numbers', () => {
  it('call an app that is not registered by the host of its description', () => {
    const client_id = 'https://agent.example/oauth/client.json?v=2';
    expect(appName({ client_id, client_name: client_id })).toBe('agent.example');
    expect(appName({ client_id: 'urn:app', client_name: 'urn:app' })).toBe('urn:app');
  });

  it.each(['Claude Code', 'http:Slack', 'Zoom://meet', 'https://elsewhere.example/'])(
    'call an app %j if that is its name',
    (client_name) => {
      expect(appName({ client_id: 'app', client_name })).toBe(client_name);
    },
  );

  it.each(['', '  ', '\u200B\u202E'])(
    'call an app by its id where its name %j is not to be seen',
    (client_name) => {
      expect(appName({ client_id: 'app', client_name })).toBe('app');
    },
  );

  it('agree', () => {
    expect([count(0, 'grant'), count(1, 'grant'), count(1204, 'grant')]).toEqual([
      '0 grants',
      '1 grant',
      '1,204 grants',
    ]);
  });
});
