import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../server/src/config.ts';
import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { createChance } from '../../server/src/demo/random.ts';
import { openOwnIssuer } from '../../server/src/http/own-issuer.ts';
import { breakThings } from './breaking.ts';
import { planCalls } from './calls.ts';
import { Clients } from './clients.ts';
import { type History, isSuccess } from './history.ts';
import { startPlatform } from './platform.ts';
import { drain, endLeases, settle } from './settle.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';
import { fill, makeWorld } from './world.ts';
import { Writer } from './writer.ts';

/** How long requests whose callers have gone may still run, in milliseconds. */
const GRACE = 2_000;
/** How long callers wait, in milliseconds: with faults so short that some lose patience while bytes are held. */
const TIMEOUT = { faults: 8_000, none: 60_000 };

export interface RunOptions {
  /** How many calls. */
  runs: number;
  seed: number;
  /** Whether things break meanwhile. */
  faults: boolean;
  onProgress: (text: string) => void;
}

export interface RunResult {
  history: History;
  snapshot: Snapshot;
  /** What servers logged of answers with the status 500. */
  errors: string[];
}

/** Makes calls while things break, waits until all is finished, and reads what is there then. */
export async function run({ runs, seed, faults, onProgress }: RunOptions): Promise<RunResult> {
  const world = makeWorld(createChance(seed), runs);
  const planned = planCalls(createChance(seed + 1), world, runs);
  const callers = planned.flatMap(({ id, executions }) => [id, ...executions.map((one) => one.id)]);
  const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-faults-'));
  const platform = await startPlatform(folder, createChance(seed + 4));
  try {
    const database = await connectDatabase(platform.uri);
    await createIndexes(database.collections);
    await fill(database.collections, world, callers);
    onProgress(`${world.tokens.length} tokens are stored`);
    const { sign } = await openOwnIssuer(folder, readConfig({}));
    // Also while the last messages are sent: most are, once no server is killed any more.
    for (const receiver of platform.receivers) receiver.isUnwell = faults;
    const writer = new Writer(database.collections, createChance(seed + 2), world);
    let count = 0;
    const onCall = () => {
      count += 1;
      if (count % 100 === 0) onProgress(`${count} calls`);
    };
    const url = `http://127.0.0.1:${platform.front.port}`;
    const timeout = faults ? TIMEOUT.faults : TIMEOUT.none;
    const clients = new Clients({ url, sign, writer, timeout, onCall });
    const over = new AbortController();
    const breaking = faults
      ? breakThings(platform, createChance(seed + 3), { called: () => count, stopping: over.signal })
      : [];
    const writing = writer.run(over.signal);
    await clients.makeCalls(planned);
    over.abort();
    onProgress('all calls were made; waiting until everything is up again');
    const happened = await breaking;
    onProgress('waiting for the writer');
    await writing;
    onProgress('waiting for what was cut off');
    await sleep(GRACE);
    await endLeases(database);
    await clients.insist();
    onProgress('every caller has an answer; waiting for the servers to finish');
    await settle(database);
    onProgress('waiting for the webhooks');
    await drain(database);
    onProgress('repeating what was answered');
    await clients.repeat(
      clients.calls.filter((call) => call.hasKey && call.kind !== 'preview' && isSuccess(call)),
    );
    const urls = platform.servers.map(({ port }) => `http://127.0.0.1:${port}`);
    onProgress('reading what is there');
    const snapshot = await takeSnapshot(database, urls, sign);
    await database.close();
    const { calls } = clients;
    const receipts = platform.receivers.flatMap((receiver) => receiver.receipts);
    const { crashes } = platform;
    const history = { world, calls, issued: writer.issued, receipts, faults: happened, crashes };
    return { history, snapshot, errors: platform.errors };
  } finally {
    await platform.stop();
    await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
  }
}
