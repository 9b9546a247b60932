import { ApiError } from '@grantkeeper/sdk';
import { describe, expect, it } from 'vitest';
import { explain } from '../../example/src/shared/explain.ts';

function answer(
  status: number,
  message: string,
  facts: { code?: string; retryAfter?: number } = {},
): ApiError {
  const headers = new Headers({ 'X-Request-Id': 'a' });
  return new ApiError(`${status} ${message}`, { status, headers, ...facts });
}

describe('an answer that refuses', () => {
  it('says what was wrong with the request, and that to repeat it is of no use', () => {
    const { kind, text, requestId } = explain(answer(400, 'limit must be <= 1000.'));
    expect({ kind, text, requestId }).toEqual({
      kind: 'refused',
      text: 'It says: “limit must be <= 1000.”',
      requestId: 'a',
    });
  });

  it('says that there is no such thing', () => {
    expect(explain(answer(404, 'Not found'))).toMatchObject({ kind: 'refused', title: 'Not found' });
  });

  it.each([
    [undefined, 'Wait a moment, then try again.'],
    [1_000, 'Wait 1 second, then try again.'],
    [29_500, 'Wait 30 seconds, then try again.'],
    [600_000, 'Wait 10 minutes, then try again.'],
  ])('says how long to wait where there were too many requests: %s ms', (retryAfter, text) => {
    const error = answer(429, 'Too many', { ...(retryAfter && { retryAfter }) });
    expect(explain(error)).toMatchObject({ kind: 'failed', text });
  });

  it('says that what was to be revoked has ended already', () => {
    const error = answer(404, 'gone', { code: 'grant_not_found' });
    expect(explain(error)).toMatchObject({
      title: 'Nothing was changed',
      text: expect.stringContaining('ended'),
    });
  });
});

it('an error of the server is ours, and is reported with its number if it has one', () => {
  expect(explain(answer(500, '')).text).toMatch(/error on our side.* report it with the request number\.$/);
  expect(explain(new Error()).text).toMatch(/error on our side.* report it\.$/);
});
