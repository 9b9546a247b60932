import { expect, inject, it } from 'vitest';
import { databaseIn, ownDatabase } from './own-database.ts';

it.each([
  ['mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/mine'],
  ['mongodb://127.0.0.1:27017/other', 'mongodb://127.0.0.1:27017/mine'],
  [
    'mongodb://a:b@m1:1,m2:2/?replicaSet=rs0&tls=true',
    'mongodb://a:b@m1:1,m2:2/mine?replicaSet=rs0&tls=true',
  ],
  ['mongodb+srv://m.example?appName=x', 'mongodb+srv://m.example/mine?appName=x'],
])('on %s, a test file has a database of its own, with the same hosts and options', (uri, own) => {
  expect(databaseIn(uri, 'mine')).toBe(own);
});

it('no two have the same name, and each is short enough for MongoDB', () => {
  const [one = '', other = ''] = [ownDatabase('interleavings'), ownDatabase('interleavings')].map(
    (uri) => /\/([^/?]+)(?:\?|$)/.exec(uri)?.[1],
  );
  expect(one).not.toBe(other);
  expect(one).toContain(`-${inject('run')}-`);
  expect(one.length).toBeLessThan(64);
});
