import { describe, expect, it } from 'vitest';
import { addressOf, queryOf, readView } from '../../example/src/audit/view.ts';

describe('the address of a view of audit events', () => {
  it.each(['', '?as=tomas', '?action=nonsense&user_id=+&from=yesterday&to=2026-02-30', '?from=2026-1-1'])(
    'narrows nothing for %s',
    (search) => {
      expect(readView(search)).toEqual({});
    },
  );

  it('says all that a view is, and keeps what else is there', () => {
    const search = '?as=tomas&client_id=https%3A%2F%2Fa.example%2F%3Fb%26c&action=revoke&from=2026-04-01';
    const view = readView(search);
    expect(view).toEqual({ client_id: 'https://a.example/?b&c', action: 'revoke', from: '2026-04-01' });
    expect(readView(addressOf(view, ''))).toEqual(view);
    expect(addressOf(readView(''), `${search}&to=2026-05-01&user_id=u&grant_id=g`)).toBe('?as=tomas');
  });
});

describe('the query of a view of audit events', () => {
  it('takes days as the visitor’s calendar has them, both included', () => {
    const { from = '', to = '' } = queryOf({ from: '2026-12-31', to: '2026-12-31', user_id: 'u' });
    expect(new Date(from)).toEqual(new Date(2026, 11, 31));
    expect(new Date(to)).toEqual(new Date(2027, 0, 1));
  });

  it('asks for no more than is set', () => {
    expect(queryOf({ grant_id: 'g', action: 'purge' })).toEqual({
      grant_id: 'g',
      action: 'purge',
      limit: 25,
    });
  });
});
