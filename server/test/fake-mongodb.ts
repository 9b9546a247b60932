import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls';
import { mongo } from 'mongoose';
import { onTestFinished } from 'vitest';

type Command = Record<string, unknown>;

const HEADER = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** What TLS begins with, followed by its version. */
const TLS_HANDSHAKE = 22;

const HELLO = { isWritablePrimary: true, ismaster: true, minWireVersion: 0, maxWireVersion: 25, ok: 1 };

/**
 * A MongoDB that answers each command as told, by its name, and all others with success: for what no real one here does,
 * such as refusing a password. Ends with the test. Gives `host:port`.
 *
 * @param tls the certificates to use; without them, it does not speak TLS. With `requestCert`, it accepts any
 * connection first, as MongoDB does, and closes those without a certificate that it trusts.
 */
export async function startFakeMongo(answers: Record<string, Command>, tls?: TlsOptions): Promise<string> {
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    if (socket instanceof TLSSocket && tls?.requestCert && !socket.authorized) return socket.destroy();
    let received = Buffer.alloc(0);
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        // MongoDB too closes the connection: read as the length of a message, it is too long.
        if (received.length === 0 && chunk[0] === TLS_HANDSHAKE && chunk[1] === 3) return socket.destroy();
        received = Buffer.concat([received, chunk]);
        while (received.length >= HEADER && received.length >= received.readInt32LE(0)) {
          const length = received.readInt32LE(0);
          socket.write(answer(received.subarray(0, length), answers));
          received = received.subarray(length);
        }
      });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function answer(message: Buffer, answers: Record<string, Command>): Buffer {
  const isQuery = message.readInt32LE(12) === OP_QUERY;
  // A query has flags, the name of a collection, and two numbers before its document; a message flags and a kind.
  const start = isQuery ? message.indexOf(0, HEADER + 4) + 9 : HEADER + 5;
  const [name = ''] = Object.keys(mongo.BSON.deserialize(message.subarray(start)));
  const told = /^(hello|ismaster)$/i.test(name)
    ? { ...HELLO, ...answers.hello }
    : (answers[name] ?? { ok: 1 });
  const body = mongo.BSON.serialize(told);
  const head = Buffer.alloc(HEADER + (isQuery ? 20 : 5));
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  if (isQuery) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}
