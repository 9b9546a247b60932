import dns from 'node:dns';
import { afterEach, expect, it, vi } from 'vitest';
import { Sender } from '../src/send.ts';

const REQUEST = { method: 'GET', target: '/', headers: [], body: Buffer.alloc(0) };

afterEach(() => vi.restoreAllMocks());

it('says why none of the addresses of a name can be reached', async () => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ];
  vi.spyOn(dns, 'lookup').mockImplementation(
    Object.assign((...args: unknown[]) => {
      const answer = args.at(-1);
      if (typeof answer === 'function') answer(null, addresses);
    }, dns.lookup),
  );
  const sender = new Sender(new URL('http://two-addresses.example:1'), {
    timeoutMs: 10_000,
    mayWrite: false,
  });
  await expect(sender.send(REQUEST)).rejects.toThrow(
    'connect ECONNREFUSED 127.0.0.1:1, connect ECONNREFUSED 127.0.0.2:1',
  );
  sender.close();
});
