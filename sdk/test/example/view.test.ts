import { describe, expect, it } from 'vitest';
import { unusedSince } from '../../example/src/grants/unused.ts';
import { addressOf, matching, queryOf, readView, uriOf } from '../../example/src/grants/view.ts';

const FIRST = { status: 'active', sort_by: 'granted_at', sort_order: 'desc', limit: 25, offset: 0 };

describe('the address of a view', () => {
  it.each([
    '',
    '?as=tomas',
    '?status=nonsense&sort_by=grants&sort_order=up&offset=-1',
    '?offset=1.5&client_id=+',
    '?unused=31&limit=1000',
  ])('is the first view for %s', (search) => {
    expect(readView(search)).toEqual(FIRST);
  });

  it('says all that a view is, leaves out what goes without saying, and keeps what else is there', () => {
    const search =
      '?as=tomas&client_id=https%3A%2F%2Fa.example%2F%3Fb%26c&status=all&sort_by=user_name&offset=50';
    const view = readView(search);
    expect(view).toEqual({
      ...FIRST,
      client_id: 'https://a.example/?b&c',
      status: 'all',
      sort_by: 'user_name',
      offset: 50,
    });
    expect(addressOf(view, '?as=tomas&offset=75&user_id=u')).toBe(
      '?as=tomas&offset=50&client_id=https%3A%2F%2Fa.example%2F%3Fb%26c&status=all&sort_by=user_name',
    );
    expect(readView(addressOf(view, ''))).toEqual(view);
    expect(addressOf(readView(''), search)).toBe('?as=tomas');
  });
});

describe('a view of unused grants', () => {
  it('keeps its days and the size of its pages in the address', () => {
    const view = readView('?unused=90&limit=250');
    expect(view).toEqual({ ...FIRST, unused: '90', limit: 250 });
    expect(addressOf(view, '?as=tomas')).toBe('?as=tomas&unused=90&limit=250');
  });

  it('asks for those unused since a midnight, all day for the same', () => {
    expect(unusedSince('90', Date.parse('2026-06-30T00:00:00.000Z'))).toBe('2026-04-01T00:00:00.000Z');
    expect(unusedSince('90', Date.parse('2026-06-30T23:59:59.999Z'))).toBe('2026-04-01T00:00:00.000Z');
    expect(queryOf(readView('?unused=365'))).toMatchObject({ unused_since: unusedSince('365') });
    expect(queryOf(readView('?unused=365'))).not.toHaveProperty('unused');
  });
});

describe('revoking all that match', () => {
  it('names the account where nothing but the last use narrows the list', () => {
    const unused_since = unusedSince('30');
    expect(matching(readView('?unused=30'), 'a')).toMatchObject({ account_id: 'a', unused_since });
    expect(matching(readView('?unused=30'))).toBeUndefined();
    const narrower = matching(readView('?unused=30&user_id=u'), 'a');
    expect(narrower).toMatchObject({ user_id: 'u', unused_since });
    expect(narrower).not.toHaveProperty('account_id');
    expect(matching(readView(''), 'a')).toBeUndefined();
  });

  it.each(['client_id', 'user_id', 'project_id', 'resource'])('asks by %s and status', (filter) => {
    expect(matching(readView(`?${filter}=x&status=expired`))).toMatchObject({
      [filter]: 'x',
      status: 'expired',
    });
  });

  it('asks by every filter that is set', () => {
    const which = matching(readView('?client_id=c&user_id=u&resource=r'));
    expect(which).toMatchObject({ client_id: 'c', user_id: 'u', resource: 'r', status: 'active' });
  });

  it('is not to be had without a filter, whatever the status', () => {
    expect(matching(readView('?status=all&sort_by=status&offset=25'))).toBeUndefined();
  });
});

it.each([
  ['mcp.example.com', 'https://mcp.example.com/'],
  ['mcp.example.com:8443/v1', 'https://mcp.example.com:8443/v1'],
  ['https://mcp.example.com', 'https://mcp.example.com'],
  ['urn:example:files', 'urn:example:files'],
  ['files', 'files'],
  ['', ''],
])('the resource %j is filtered by as %j', (typed, uri) => {
  expect(uriOf(typed)).toBe(uri);
});
