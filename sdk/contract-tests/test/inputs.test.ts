import { expect, it } from 'vitest';
import { CannotRun } from '../src/cannot-run.ts';
import { inputsOf } from '../src/inputs.ts';

it('the token is that of every document whose own is not given', () => {
  expect(inputsOf({ person_token: 'a-person', application_id: 'app' }, 'all')).toEqual({
    account_admin_token: 'all',
    person_token: 'a-person',
    management_token: 'all',
    application_id: 'app',
  });
});

it('an empty token is none', () => {
  expect(inputsOf({}, '')).toEqual({});
  expect(inputsOf({ person_token: '' }, 'all')).toMatchObject({ person_token: 'all' });
});

it.each<[string, Record<string, string>, string | undefined]>([
  ['the token', {}, 'all\n'],
  ['person_token', { person_token: 'Bearer all' }, 'all'],
  ['verification_id', { verification_id: 'ä' }, 'all'],
])('%s is refused where no header can hold it, and not shown', (name, given, token) => {
  expect(() => inputsOf(given, token)).toThrow(
    new CannotRun(`${name} has a character that it cannot be sent with, such as a line break`),
  );
});

it('what no header holds may be of any characters', () => {
  expect(inputsOf({ application_id: 'ä b' }, undefined)).toEqual({ application_id: 'ä b' });
});
