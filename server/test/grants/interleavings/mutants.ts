import type { mongo } from 'mongoose';
import { groupRows } from '../../../src/grants/rows/grouping.ts';
import type { Command, Perform } from './commands.ts';
import type { Around, Focus } from './schedule.ts';

type Document = mongo.Document;

/** A mistake in the protocol: commands are given otherwise than they should be. */
export interface Mutant {
  name: string;
  /** Where it shows most. */
  focus?: Focus;
  /** The first schedule that is tried: one of those that follow finds it soon. */
  from?: number;
  /** Made anew for each schedule. */
  begin: () => Around;
}

type How = Pick<Mutant, 'focus' | 'from'>;

/** A mutant that changes commands, one by one. */
function changing(name: string, change: (command: Command) => Command, how: How = {}): Mutant {
  const around: Around = (command, perform) => perform(change(command));
  return { name, begin: () => around, ...how };
}

/** A mutant that leaves out commands; they answer as if nothing had matched. */
function leavingOut(name: string, isLeftOut: (command: Command) => boolean, how: How): Mutant {
  const nothing = { matchedCount: 0, modifiedCount: 0, upsertedCount: 0, deletedCount: 0 };
  const around: Around = async (command, perform) => (isLeftOut(command) ? nothing : perform(command));
  return { name, begin: () => around, ...how };
}

/** The first stage of an update by pipeline. */
const stageOf = ({ update }: Command): Document => (Array.isArray(update) ? (update[0] ?? {}) : {});
const operatorsOf = ({ update }: Command): Document => (Array.isArray(update) ? {} : update);
/** What an update sets, whether by pipeline or not. */
const setBy = (command: Command): Document => stageOf(command).$set ?? operatorsOf(command).$set ?? {};
const isWrite = ({ method }: Command) => method === 'updateMany' || method === 'updateOne';

const isLook = ({ on, method, pipeline }: Command) =>
  on === 'rows' && method === 'aggregate' && 'grouped.done' in (pipeline[0]?.$match ?? {});
const isClaim = (command: Command) => isWrite(command) && 'claim' in claimIn(command);
const claimIn = (command: Command): Document => setBy(command).grouped?.$mergeObjects?.[0] ?? {};
const isSettling = (command: Command) => isWrite(command) && 'grouped.done' in setBy(command);
const isReplacing = (command: Command) => isWrite(command) && '$replaceWith' in stageOf(command);
const isBurying = (command: Command) => isWrite(command) && setBy(command).status === 'gone';
const isRaising = (command: Command) => isWrite(command) && 'revocation' in setBy(command);
const isSweeping = (command: Command) =>
  command.on === 'rows' &&
  isWrite(command) &&
  Array.isArray(command.update) &&
  'revoked_at' in setBy(command);
const isWritingRevoked = (command: Command) => isWrite(command) && setBy(command).status === 'revoked';
const isReadingVersions = ({ on, method, options }: Command) =>
  on === 'grants' && method === 'find' && options.projection?.version === 1;
const isGrouping = ({ on, method, pipeline }: Command) =>
  on === 'rows' && method === 'aggregate' && 'token_count' in (pipeline[1]?.$group ?? {});

const without = <Fields extends Document>(fields: Fields, ...names: string[]): Document =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const ROTATIONS_BESIDE_REVOCATIONS: Focus = {
  guests: ['revoker', 'revoker'],
  habit: 'rotations',
  isNarrow: true,
  slow: 'w1',
};

const SUSPENSIONS: Focus = { guests: ['suspender', 'suspender'], habit: 'rotations', isNarrow: true };
const isSuspending = (command: Command) => isWrite(command) && 'suspension' in setBy(command);
const withoutSuspension = ({ $mergeObjects }: Document): Document => {
  const [grant, mark] = Array.isArray($mergeObjects) ? $mergeObjects : [];
  return { $mergeObjects: [grant, without(mark, 'suspension', 'suspended_until')] };
};

export const MUTANTS: Mutant[] = [
  changing(
    'grants are replaced whatever their version',
    (command) => (isReplacing(command) ? { ...command, filter: without(command.filter, '$expr') } : command),
    { from: 42 },
  ),
  { name: 'versions are read after the rows', from: 45, begin: versionsAfterRows },
  changing('rows are settled by their id alone', (command) =>
    isSettling(command) ? { ...command, filter: without(command.filter, 'grouped.claim') } : command,
  ),
  changing('a claim hides a row from other servers', (command) => {
    if (!isLook(command)) return command;
    const [first, ...rest] = command.pipeline;
    const $match = { ...first?.$match, 'grouped.claim': null };
    return { ...command, pipeline: [{ $match }, ...rest] };
  }),
  {
    name: 'claimed and settled are one field, and an entry moves under a scan',
    begin: oneField,
    focus: { guests: ['clock', 'clock'], habit: 'updates', slow: 'A', writes: 12 },
  },
  {
    name: 'what is pending is scanned in the order of the hash, which a claim puts right',
    from: 100,
    begin: byHash,
    focus: { guests: ['clock', 'clock'], habit: 'copies', writes: 12 },
  },
  changing(
    'rows are revoked and not claimed',
    (command) =>
      isSweeping(command) ? { ...command, update: [{ $set: without(setBy(command), 'grouped') }] } : command,
    { focus: { guests: ['revoker', 'revoker'] } },
  ),
  changing(
    'no mark is raised',
    (command) =>
      isRaising(command) ? { ...command, update: { $set: { version: setBy(command).version } } } : command,
    { focus: ROTATIONS_BESIDE_REVOCATIONS, from: 91 },
  ),
  {
    name: 'grants are written as revoked whatever their version',
    begin: revokeLate,
    focus: {
      guests: ['revoker', 'revoker'],
      habit: 'insertions',
      isNarrow: true,
      lists: 8,
      slow: 'w1',
      writes: 8,
      revokesBy: 'identity',
    },
  },
  leavingOut(
    'rows that nobody has met are not filed before they are revoked',
    (command) => isWrite(command) && Object.keys(setBy(command)).join() === 'grant_hash',
    { focus: { guests: ['revoker', 'revoker'], habit: 'rotations', isNarrow: true }, from: 315 },
  ),
  changing('rows are settled before they are regrouped', (command) => {
    if (!isClaim(command)) return command;
    const grouped = { done: { $literal: true }, at: claimIn(command).at };
    return { ...command, update: [{ $set: { ...setBy(command), grouped } }] };
  }),
  changing('writers do not unset grouped', (command) =>
    command.on === 'rows' && 'grouped' in (operatorsOf(command).$unset ?? {}) && '$set' in command.update
      ? { ...command, update: without(command.update, '$unset') }
      : command,
  ),
  { name: 'rows are purged in one step', begin: purgeInOneStep, focus: { guests: ['purger', 'purger'] } },
  {
    name: 'new grants are written over those of others',
    begin: upsertNew,
    focus: { guests: [], habit: 'updates', isUnlisted: true, writes: 5 },
  },
  {
    name: 'grants without rows are deleted at once',
    from: 37,
    begin: noTombstones,
    focus: { guests: ['purger', 'purger'], habit: 'insertions', slow: 'A', isUnlisted: true, writes: 2 },
  },
  { name: 'who has lost does not do it again', begin: neverLost },
  changing('totals are kept though statuses change', (command) =>
    command.on === 'accounts' && '$set' in command.update
      ? { ...command, update: { ...command.update, $set: without(setBy(command), 'count_version') } }
      : command,
  ),
  changing(
    'regrouping forgets that a grant is suspended',
    (command) =>
      isReplacing(command)
        ? { ...command, update: [{ $replaceWith: withoutSuspension(stageOf(command).$replaceWith) }] }
        : command,
    { focus: SUSPENSIONS },
  ),
  changing(
    'a suspension is answered, and its grant not marked',
    (command) =>
      isSuspending(command) ? { ...command, update: { $set: { version: setBy(command).version } } } : command,
    { focus: SUSPENSIONS },
  ),
  {
    name: 'grants whose consent has changed are not regrouped',
    focus: { guests: [], habit: 'everything', writes: 12 },
    begin: () => async (command, perform) => {
      const isNaming = command.method === 'distinct' && 'consent_id' in command.filter;
      return isNaming ? [] : perform(command);
    },
  },
];

/** What the rows are is read when the version is, and before it. */
function versionsAfterRows(): Around {
  const early = new Map<string, unknown>();
  const keyOf = (filter: Document, process: string) => `${process} ${filter.grant_hash?.$in}`;
  return async (command, perform, process) => {
    if (isReadingVersions(command)) {
      const { grant_hash } = command.filter;
      // As of now, whatever now is: what has expired meanwhile is found by its date.
      const pipeline = groupRows({ grant_hash }, NOON);
      const grouping: Command = { ...command, on: 'rows', method: 'aggregate', pipeline, options: {} };
      early.set(keyOf(command.filter, process), await perform(grouping));
      return perform(command);
    }
    if (!isGrouping(command)) return perform(command);
    const key = keyOf(command.pipeline[0]?.$match ?? {}, process);
    const found = early.get(key) ?? (await perform(command));
    early.delete(key);
    return found;
  };
}

const NOON = new Date('2026-06-01T12:00:00.000Z');

/** Where the claim is in the indexed field, what is claimed may lie before what is unclaimed, and is read first. */
function oneField(): Around {
  return inTwoHalves({ 'grouped.claim': { $ne: null } }, { 'grouped.claim': null });
}

function byHash(): Around {
  return inTwoHalves({ grant_hash: { $not: { $gte: 0 } } }, { grant_hash: { $gte: 0 } });
}

/** What a look finds lies in an index in which entries move. */
function inTwoHalves(first: Document, second: Document): Around {
  return async (command, perform) => {
    if (!isLook(command)) return perform(command);
    const from = command.pipeline.findIndex((stage) => '$unionWith' in stage);
    const [pending, ...rest] = command.pipeline;
    const half = (which: Document) => ({
      ...command,
      pipeline: [{ $match: { ...pending?.$match, ...which } }, ...rest],
    });
    const pendingIn = (which: Document) =>
      perform({ ...half(which), pipeline: half(which).pipeline.slice(0, from) });
    const before = await pendingIn(first);
    const ahead = idsIn(await pendingIn(second));
    // There is much to read, which takes its time: until an entry has moved to where the scan has been, or not at all.
    for (let read = 0; read < 40 && ahead.length > 0; read += 1) {
      if (idsIn(await pendingIn({ ...first, _id: { $in: ahead } })).length > 0) break;
    }
    return [before, await perform(half(second))].flat();
  };
}

const idsIn = (found: unknown): unknown[] => (Array.isArray(found) ? found.map(({ _id }) => _id) : []);

function purgeInOneStep(): Around {
  return async (command, perform) => {
    if (isWrite(command) && setBy(command).purged === true) return { matchedCount: 0, modifiedCount: 0 };
    const isDeletion = command.on === 'rows' && command.method === 'deleteMany';
    if (!isDeletion) return perform(command);
    return perform({ ...command, filter: without(command.filter, 'grouped.done', 'purged') });
  };
}

function upsertNew(): Around {
  return async (command, perform, process) => {
    if (command.on !== 'grants' || command.method !== 'insertMany') return perform(command);
    for (const document of command.documents) {
      if (process === 'A') await untilAnotherWrites(command, document, perform);
      const update = [{ $replaceWith: { $literal: document } }];
      const over: Command = { ...command, method: 'updateOne', filter: { _id: document._id }, update };
      await perform({ ...over, options: { upsert: true } });
    }
    return undefined;
  };
}

/** A's connection is slow: until another server has written this grant with what A has not seen, or not at all. */
function untilAnotherWrites(insertion: Command, grant: Document, perform: Perform): Promise<void> {
  const said = (one: Document) => JSON.stringify(without(one, 'version'));
  const filter = { _id: grant._id };
  return untilFound({ ...insertion, filter }, perform, (one) => said(one) !== said(grant));
}

function revokeLate(): Around {
  return async (command, perform) => {
    if (!isWritingRevoked(command)) return perform(command);
    const { version } = command.filter;
    const filter = without(command.filter, 'version');
    // Until a server has found a new token in a grant since it was marked, or not at all.
    await untilFound(
      { ...command, filter },
      perform,
      (one) => one.version !== version && one.status === 'active',
    );
    return perform({ ...command, filter });
  };
}

/** Reads what a command's filter finds until it has something in it, 60 times at most. */
async function untilFound(
  command: Command,
  perform: Perform,
  isIt: (document: Document) => boolean,
): Promise<void> {
  for (let read = 0; read < 60; read += 1) {
    const found = await perform({ ...command, method: 'find', options: {} });
    if (Array.isArray(found) && found.some(isIt)) return;
  }
}

function noTombstones(): Around {
  return async (command, perform) => {
    if (!isBurying(command)) return perform(command);
    const deleted = await perform({ ...command, method: 'deleteMany', update: {} });
    return { matchedCount: countIn(deleted) };
  };
}

const countIn = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'deletedCount' in answer ? answer.deletedCount : 0;

function neverLost(): Around {
  return async (command, perform) => {
    if (!isReplacing(command)) return perform(command);
    await perform(command);
    return { matchedCount: command.filter._id.$in.length };
  };
}
