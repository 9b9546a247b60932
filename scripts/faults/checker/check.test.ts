import { beforeAll, expect, it } from 'vitest';
import { isSuccess } from '../history.ts';
import type { Receipt } from '../receiver.ts';
import { type RunResult, run } from '../run.ts';
import { check } from './check.ts';

let result: RunResult;

beforeAll(async () => {
  result = await run({ runs: 60, seed: 23, faults: false, onProgress: () => undefined });
}, 300_000);

/** What the checker finds after something was done to what it is shown. */
function checkAfter(tamper: (copy: RunResult) => void): string[] {
  const copy = structuredClone(result);
  tamper(copy);
  return check(copy.history, copy.snapshot);
}

function first<Item>(items: readonly Item[], isIt: (item: Item) => boolean): Item {
  const found = items.find(isIt);
  if (found === undefined) throw new Error('the run has none of these');
  return found;
}

function without<Item>(items: Item[], item: Item): void {
  items.splice(items.indexOf(item), 1);
}

it('a run without faults has every kind of call, and the checker finds nothing', () => {
  expect(check(result.history, result.snapshot)).toEqual([]);
  const kinds = new Set(result.history.calls.filter(isSuccess).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(
    ['account', 'execution', 'many', 'me', 'one', 'preview', 'restore', 'suspend'].sort(),
  );
}, 120_000);

const isRevocation = ({ action, revoked_tokens }: { action: string; revoked_tokens: number }) =>
  action === 'revoke' && revoked_tokens > 0;

const isTaken = (receipt: Receipt) => receipt.isTaken;

const TAMPERED: [what: string, tamper: (copy: RunResult) => void, found: RegExp][] = [
  [
    'an event is gone',
    ({ snapshot: { events } }) => without(events, first(events, isRevocation)),
    /revocation \S+ of \d+ tokens and \d+ consents has 0 events/,
  ],
  [
    'an event is there twice',
    ({ snapshot: { events } }) => events.push(first(events, isRevocation)),
    /has 2 events/,
  ],
  [
    'an event is written once more under another id',
    ({ snapshot: { events } }) => events.push({ ...first(events, isRevocation), _id: 'another' }),
    /event another of call-\d+: it changed nothing/,
  ],
  [
    'a row that was revoked lives again',
    ({ snapshot: { tokens } }) => {
      const row = first(tokens, ({ revocation_id }) => !!revocation_id);
      row.revoked_at = null;
      row.revocation_id = null;
    },
    /call-\d+ \(.*\): token \S+ is not revoked/,
  ],
  [
    'another row is revoked as well',
    ({ snapshot: { tokens, events } }) => {
      const { _id } = first(events, isRevocation);
      const row = first(tokens, ({ account_id, revoked_at }) => account_id !== 'account' && !revoked_at);
      row.revoked_at = new Date();
      row.revocation_id = _id;
    },
    /call-\d+ revoked token \S+, which it did not select/,
  ],
  [
    'a row is revoked by nobody',
    ({ snapshot: { tokens } }) => {
      first(tokens, ({ revoked_at }) => !revoked_at).revoked_at = new Date();
    },
    /was revoked by no revocation/,
  ],
  [
    'a consent that was revoked stands again',
    ({ snapshot: { consents } }) => {
      const consent = first(consents, ({ revocation_id }) => !!revocation_id);
      consent.revoked_at = null;
      consent.revocation_id = null;
    },
    /consent \S+ is not/,
  ],
  ['a row is gone', ({ snapshot: { tokens } }) => void tokens.pop(), /token \S+ is gone/],
  [
    'an entry is gone',
    ({ snapshot: { entries } }) => without(entries, first(entries, isRevocation)),
    /its entries are wrong/,
  ],
  [
    'an event counts one token more',
    ({ snapshot: { events } }) => {
      first(events, isRevocation).revoked_tokens += 1;
    },
    /it counts .* not/,
  ],
  [
    'a server does not list an event',
    ({ snapshot: { listed } }) => void listed[1]?.events.shift(),
    /server 1 lists events: \S+ is missing/,
  ],
  [
    'a caller was told another count',
    ({ history: { calls } }) => {
      const call = first(calls, (one) => one.kind === 'many' && one.hasKey && isSuccess(one));
      call.told = { ...call.told, body: { revoked_tokens: 1_000, revoked_consents: 0 } };
    },
    /it was told .*1000/,
  ],
  [
    'a preview was executed twice',
    ({ history: { calls } }) => {
      const call = first(calls, (one) => one.kind === 'execution' && isSuccess(one));
      calls.push({ ...call, id: 'call-again' });
    },
    /was executed by call-\S+, too/,
  ],
  [
    'a revocation is left under way',
    ({ snapshot }) => {
      snapshot.open.batches = 1;
    },
    /1 batches are left open/,
  ],
  [
    'a mark is left',
    ({ snapshot }) => {
      snapshot.open.marks = 1;
    },
    /1 marks are left open/,
  ],
  [
    'a suspension has lost its mark',
    ({ snapshot: { suspended } }) => void suspended.pop(),
    /grants are marked as suspended, not/,
  ],
  [
    'the event of a suspension is gone',
    ({ snapshot: { events } }) =>
      without(
        events,
        first(events, ({ action }) => action === 'suspend'),
      ),
    /suspension \S+ has 0 events suspend/,
  ],
  [
    'a server lists a wrong status',
    ({ snapshot: { listed } }) => {
      const grant = first(listed[0]?.grants ?? [], ({ status }) => status === 'active');
      grant.status = 'revoked';
    },
    /server 0 lists a wrong grant/,
  ],
  [
    'a webhook was lost',
    ({ history: { receipts } }) => without(receipts, first(receipts, isTaken)),
    /receiver everything: \S+ \S+ \S+ was never told/,
  ],
  [
    'a webhook was lost for one receiver alone',
    ({ history: { receipts } }) =>
      without(
        receipts,
        first(receipts, (one) => isTaken(one) && one.receiver === 'some'),
      ),
    /receiver some: \S+ \S+ \S+ was never told/,
  ],
  [
    'a webhook came twice though nothing broke',
    ({ history: { receipts } }) => receipts.push({ ...first(receipts, isTaken), at: performance.now() }),
    /message \S+ came again, and its answer cannot have been lost/,
  ],
  [
    'a webhook came twice, long after what broke',
    ({ history: { receipts, faults } }) => {
      const one = first(receipts, isTaken);
      faults.push({ name: 'engine killed', from: one.at - 9_000, to: one.at - 6_000 });
      receipts.push({ ...one, at: performance.now() });
    },
    /message \S+ came again, and its answer cannot have been lost/,
  ],
  [
    'a webhook came twice while only clients were cut off',
    ({ history: { receipts, faults } }) => {
      const one = first(receipts, isTaken);
      faults.push({ name: 'connections of clients cut', from: one.at, to: one.at + 1 });
      receipts.push({ ...one, at: one.at + 2 });
    },
    /message \S+ came again, and its answer cannot have been lost/,
  ],
  [
    'a repetition of a webhook says something else',
    ({ history: { receipts } }) => {
      const one = first(receipts, isTaken);
      receipts.push({ ...one, message: { ...one.message, type: 'grant.born' } });
    },
    /message \S+ came again with other words/,
  ],
  [
    'one change has two webhooks',
    ({ history: { receipts } }) => receipts.push({ ...first(receipts, isTaken), webhook_id: 'msg_other' }),
    /has two messages, \S+ and msg_other/,
  ],
  [
    'the webhooks of a grant came in the wrong order',
    ({ history: { receipts } }) => {
      const later = first(receipts, (one) => isTaken(one) && one.message.type === 'grant.restored');
      const { grant_id } = later.message.data;
      const earlier = first(
        receipts,
        ({ receiver, message: { type, data } }) =>
          receiver === later.receiver && type === 'grant.suspended' && data.grant_id === grant_id,
      );
      without(receipts, later);
      receipts.splice(receipts.indexOf(earlier), 0, later);
    },
    /message \S+ of \S+ came after/,
  ],
  [
    'the outbox has numbered the webhooks of a grant in the wrong order',
    ({ snapshot: { messages }, history: { receipts } }) => {
      const { webhook_id } = first(receipts, (one) => isTaken(one) && one.message.type === 'grant.restored');
      for (const message of messages) if (message.id === webhook_id) message.number = 0;
    },
    /message \S+ of \S+ came after/,
  ],
  [
    'a webhook is forged',
    ({ history: { receipts } }) =>
      receipts.push({
        ...first(receipts, isTaken),
        webhook_id: 'msg_forged',
        isSigned: false,
        isTaken: false,
      }),
    /message msg_forged has a wrong signature/,
  ],
  [
    'a webhook tells of an event that is not there',
    ({ history: { receipts } }) => {
      const one = first(receipts, isTaken);
      const data = { ...one.message.data, event_id: 'nobody' };
      receipts.push({ ...one, webhook_id: 'msg_other', message: { ...one.message, data } });
    },
    /message msg_other tells of what nobody did: \S+ nobody \S+/,
  ],
  [
    'a receiver took what it does not want',
    ({ history: { receipts } }) => {
      const revoked = first(receipts, ({ message }) => message.type === 'grant.revoked');
      receipts.push({ ...revoked, receiver: 'some' });
    },
    /receiver some: message \S+ tells of what nobody did: grant.revoked/,
  ],
  [
    'a webhook names another client',
    ({ history: { receipts } }) => {
      first(receipts, isTaken).message.data.client_id = 'another';
    },
    /message \S+ is wrong: .*"another"/,
  ],
  [
    'a webhook counts more tokens than were revoked',
    ({ history: { receipts } }) => {
      first(receipts, ({ message }) => message.type === 'grant.revoked').message.data.revoked_tokens = 1_000;
    },
    /message \S+ is wrong: .*1000/,
  ],
  [
    'a webhook was given up',
    ({ snapshot: { messages } }) => {
      first(messages, ({ state }) => state === 'delivered').state = 'dead';
    },
    /message \S+ is dead/,
  ],
  [
    'an event never reached the outbox',
    ({ snapshot }) => {
      snapshot.open['unsent events'] = 1;
    },
    /1 unsent events are left open/,
  ],
  [
    'a server crashed',
    ({ history }) => void history.crashes.push('a server ended by itself'),
    /a server ended by itself/,
  ],
];

it.each(TAMPERED)('names it where %s', (_what, tamper, found) => {
  expect(checkAfter(tamper)).toContainEqual(expect.stringMatching(found));
});
