import { expect, it } from 'vitest';
import { namesOf } from '../../src/http/own-host.ts';

it('a server on loopback goes by the names of loopback, and by that of its public address', () => {
  const loopback = ['localhost', '127.0.0.1', '[::1]'];
  for (const host of ['127.0.0.1', 'localhost', '::1']) expect(namesOf(host, undefined)).toEqual(loopback);
  const publicUrl = new URL('https://grants.example:8443/api');
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    expect(namesOf(host, publicUrl)).toEqual([...loopback, 'grants.example']);
  }
});

it('a server that others reach goes by any name until somebody says by which', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) expect(namesOf(host, undefined)).toBeUndefined();
});
