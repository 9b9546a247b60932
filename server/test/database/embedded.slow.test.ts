import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { mongo } from 'mongoose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rememberFailure, worthDownloading } from '../../src/database/embedded/download-probe.ts';
import { embeddedMongod, type MongodCommand } from '../../src/database/embedded/engine-command.ts';
import { startEmbeddedMongo } from '../../src/database/embedded/start.ts';
import { eventually, PATIENCE } from '../eventually.ts';

const log = pino({ level: 'silent' });
const durable = { writeConcern: { w: 'majority', j: true } } as const;
let folder: string;
let mongod: MongodCommand;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded test '));
  mongod = await embeddedMongod(log);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));

/** Runs our mongod; settles when it says that it waits for connections, or ended without. */
async function run(
  name: string,
  port = 0,
  ...others: string[]
): Promise<{ engine: ChildProcess; port: number; errors: string }> {
  const options = [
    ...others,
    '--dbpath',
    join(folder, name),
    '--port',
    String(port),
    '--storageEngine',
    'wiredTiger',
  ];
  const engine = spawn(mongod.path, options, { env: mongod.env });
  onTestFinished(() => void engine.kill('SIGKILL'));
  const errors = text(engine.stderr);
  const ended = once(engine, 'exit');
  for await (const line of engine.stdout) {
    const listening = /waiting for connections on .*:(\d+)/.exec(String(line))?.[1];
    if (listening) return { engine, port: Number(listening), errors: '' };
  }
  await ended;
  return { engine, port: 0, errors: await errors };
}

async function client(uri: string): Promise<mongo.MongoClient> {
  const connected = await mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: PATIENCE });
  onTestFinished(() => connected.close());
  return connected;
}

const at = (port: number) => client(`mongodb://127.0.0.1:${port}/`);

describe('our mongod', () => {
  it('tells its version as mongodb-memory-server asks for it', async () => {
    const { stdout } = await promisify(execFile)(mongod.path, ['--version']);
    expect(stdout).toMatch(/^db version v9\.0\.0$/m);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('keeps its data over a stop by %s', async (signal) => {
    const first = await run(signal);
    const rows = (await at(first.port)).db('test').collection('rows');
    await rows.insertOne({ kept: signal });
    first.engine.kill(signal);
    expect(await once(first.engine, 'exit')).toEqual([0, null]);

    const second = await run(signal);
    const kept = await (await at(second.port)).db('test').collection('rows').findOne({ kept: signal });
    expect(kept).not.toBeNull();
  });

  it('answers what is in flight before it stops', async () => {
    const { engine, port } = await run('in flight');
    const numbers = (await at(port)).db('test').collection('numbers');
    await numbers.insertMany(Array.from({ length: 600 }, (_, n) => ({ n })));
    const pairs = numbers
      .aggregate([
        { $lookup: { from: 'numbers', pipeline: [], as: 'other' } },
        { $unwind: '$other' },
        { $count: 'pairs' },
      ])
      .toArray();
    // A second client's answer shows that the engine has the first one's question.
    await (await at(port)).db('test').command({ ping: 1 });
    engine.kill('SIGTERM');
    expect(await pairs).toEqual([{ pairs: 360_000 }]);
  });

  it('opens its data again after a SIGKILL under ten writers, with all that was flushed before', async () => {
    const killed = await run('killed');
    const connected = await at(killed.port);
    const rows = connected.db('test').collection<{ _id: number }>('rows');
    let next = 0;
    const write = async (until: number) => {
      while (next < until) await rows.insertOne({ _id: next++ }, durable);
    };
    await write(200);
    await connected.db('admin').command({ fsync: 1 });
    const writers = Promise.allSettled(Array.from({ length: 10 }, () => write(Number.POSITIVE_INFINITY)));
    await eventually(() => expect(next).toBeGreaterThan(300));
    killed.engine.kill('SIGKILL');
    await writers;

    const { port } = await run('killed');
    const found = (await at(port)).db('test').collection<{ _id: number }>('rows');
    expect(await found.countDocuments({ _id: { $lt: 200 } })).toBe(200);
  });

  it('has every write that it acknowledged after a SIGKILL, if it is told to wait for its journal', async () => {
    const killed = await run('journaled', 0, '--journal');
    const rows = (await at(killed.port)).db('test').collection<{ _id: number }>('rows');
    const acknowledged: number[] = [];
    let next = 0;
    const write = async () => {
      for (;;) {
        const _id = next++;
        await rows.insertOne({ _id }, durable);
        await rows.updateOne({ _id }, { $set: { seen: 'majority' } }, durable);
        acknowledged.push(_id);
      }
    };
    const writers = Promise.allSettled(Array.from({ length: 10 }, write));
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(200));
    killed.engine.kill('SIGKILL');
    await writers;

    const { port } = await run('journaled', 0, '--journal');
    const found = (await at(port)).db('test').collection<{ _id: number }>('rows');
    const which = { _id: { $in: acknowledged }, seen: 'majority' };
    expect(await found.countDocuments(which)).toBe(acknowledged.length);
  });

  it('says in one line that its port is taken', async () => {
    const { port } = await run('port');
    const { engine, errors } = await run('other', port);
    expect(engine.exitCode).toBe(1);
    expect(errors).toMatch(/^[^\n]*address already in use[^\n]*\n$/);
  });

  it('says in one line that another one has its data, and leaves that one alone', async () => {
    const { port } = await run('shared');
    const { engine, errors } = await run('shared');
    expect(engine.exitCode).toBe(1);
    expect(errors).toMatch(/^[^\n]*DBPathInUse: [^\n]*\n$/);
    expect(await (await at(port)).db('test').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('says in one line that its folder cannot be made', async () => {
    await writeFile(join(folder, 'a file'), '');
    const { engine, errors } = await run('a file/data');
    expect(engine.exitCode).toBe(1);
    expect(errors).toMatch(/^[^\n]*ENOTDIR[^\n]*\n$/);
  });

  it('drops a client that does not speak the protocol, and one that resets, and goes on', async () => {
    const { port } = await run('rude');
    const stranger = connect(port, '127.0.0.1').resume();
    stranger.write('GET / HTTP/1.1\r\n\r\n');
    await once(stranger, 'close');
    const half = connect(port, '127.0.0.1');
    half.write(Buffer.from([64, 0, 0, 0, 1]), () => half.resetAndDestroy());
    await once(half, 'close');
    expect(await (await at(port)).db('test').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});

describe('startEmbeddedMongo', () => {
  it('keeps data in a folder of the engine that wrote them, and finds them again', async () => {
    const dataDir = join(folder, 'data dir');
    const first = await startEmbeddedMongo({ dataDir, log });
    await (await client(first.uri)).db('test').collection('rows').insertOne({ kept: true });
    await first.stop();
    expect(await readdir(dataDir)).toEqual([expect.stringMatching(/^(embedded|mongod)-\d+\.\d+$/)]);

    const second = await startEmbeddedMongo({ dataDir, log });
    onTestFinished(() => second.stop());
    expect(second.engine).toBe(first.engine);
    expect(await (await client(second.uri)).db('test').collection('rows').countDocuments()).toBe(1);
  });

  it('lets go of the data when the process that started it is killed, with every write that it acknowledged', async () => {
    const dataDir = join(folder, 'orphan');
    const source = new URL('../../src/database/embedded/start.ts', import.meta.url);
    const code = `const { startEmbeddedMongo } = await import(${JSON.stringify(source)});
      const log = { info() {}, warn() {} };
      console.log((await startEmbeddedMongo({ dataDir: ${JSON.stringify(dataDir)}, log })).uri);
      setInterval(() => {}, 1_000);`;
    const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code]);
    onTestFinished(() => void owner.kill('SIGKILL'));
    const [uri] = await once(owner.stdout, 'data');
    const rows = (await client(String(uri).trim())).db('test').collection<{ _id: number }>('rows');
    const acknowledged: number[] = [];
    let last = 0;
    const write = async () => {
      for (;;) {
        const _id = last++;
        await rows.insertOne({ _id }, durable);
        if (acknowledged.push(_id) === 200) owner.kill('SIGKILL');
      }
    };
    await Promise.allSettled(Array.from({ length: 10 }, write));

    const next = await startEmbeddedMongo({ dataDir, log });
    onTestFinished(() => next.stop());
    const kept = (await client(next.uri)).db('test').collection<{ _id: number }>('rows');
    expect(await kept.countDocuments({ _id: { $in: acknowledged } })).toBe(acknowledged.length);
  });
});

describe('the download of a mongod', () => {
  it('is probed once, and after a failure not again within a day', async () => {
    const cache = join(folder, 'cache');
    vi.stubEnv('GRANTKEEPER_CACHE_DIR', cache);
    for (const proxy of ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']) vi.stubEnv(proxy, '');
    let probes = 0;
    const refusing = createServer((_, response) => {
      probes++;
      response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      vi.unstubAllEnvs();
      refusing.close();
    });
    await once(refusing, 'listening');
    const address = refusing.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/mongod.tgz`;

    expect(await worthDownloading(url)).toBe(false);
    expect(await worthDownloading(url)).toBe(false);
    expect(probes).toBe(1);

    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1_000);
    await utimes(join(cache, 'download-failed'), yesterday, yesterday);
    expect(await worthDownloading(url)).toBe(false);
    expect(probes).toBe(2);

    await rememberFailure('http://127.0.0.1/another.tgz');
    await worthDownloading(url);
    expect(probes).toBe(3);
  });
});
