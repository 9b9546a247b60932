import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Opens connections that send nothing. Returns what closes them. */
export async function holdIdle(url: string, count: number): Promise<() => void> {
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened += 1) sockets.push(await open(url));
  return () => closeAll(sockets);
}

/** Asks for five large lists on each of so many connections, and reads nothing of them. Returns what closes them. */
export async function readSlowly(url: string, authorization: string, count: number): Promise<() => void> {
  const { host } = new URL(url);
  const request = [
    'GET /api/v1/oauth-grants?status=all&limit=1000 HTTP/1.1',
    `Host: ${host}`,
    `Authorization: ${authorization}`,
    '\r\n',
  ].join('\r\n');
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened += 1) {
    const socket = await open(url);
    socket.pause().write(request.repeat(5));
    sockets.push(socket);
  }
  return () => closeAll(sockets);
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // The server may cut it: it is a bad client.
  socket.on('error', () => socket.destroy());
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

function closeAll(sockets: Socket[]): void {
  for (const socket of sockets) socket.destroy();
}
