import { describe, expect, it } from 'vitest';
import { addressOf, matching, readView } from '../../example/src/grants/view.ts';

const FIRST = { status: 'active', sort_by: 'granted_at', sort_order: 'desc', offset: 0 };

describe('the address of a view', () => {
  it.each([
    '',
    '?as=tomas',
    '?status=nonsense&sort_by=grants&sort_order=up&offset=-1',
    '?offset=1.5&client_id=+',
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

describe('revoking all that match', () => {
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
