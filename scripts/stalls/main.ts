/**
 * `npm run test:stalls`: how long hostile requests hold the server's event loop at a stretch, in milliseconds of CPU
 * time, best of five. Fails if one holds it for more than 100, or gets a 5xx. `-- WORD` picks those with it in their
 * names.
 */
import { request } from 'node:http';
import { OwnProcess } from '../processes/server-process.ts';
import { HOSTILE, type Hostile } from './requests.ts';

const MAX_STALL_MS = 100;
const ROUNDS = 5;
const [, , word = ''] = process.argv;

const server = new OwnProcess([process.execPath, '--import', 'tsx', 'scripts/stalls/server.ts'], {});
try {
  const [, line = ''] = await server.printed(/^(\{"url".*)$/m);
  const { url, control, token }: { url: string; control: string; token: string } = JSON.parse(line);
  const failed: string[] = [];
  const chosen = HOSTILE.filter(({ name }) => name.includes(word));
  await send(url, token, { name: 'to begin with', path: '/readyz' });
  for (const hostile of chosen) {
    const { stall, status } = await measure(url, control, token, hostile);
    const isFine = stall <= MAX_STALL_MS && status < 500;
    console.log(`${isFine ? '  ' : '✗ '}${stall.toFixed(1).padStart(7)} ms  ${status}  ${hostile.name}`);
    if (!isFine) failed.push(hostile.name);
  }
  console.log(`\n${chosen.length - failed.length} requests passed, ${failed.length} failed`);
  if (failed.length > 0 || chosen.length === 0) process.exitCode = 1;
} finally {
  await server.stop();
}

async function measure(url: string, control: string, token: string, hostile: Hostile) {
  const rounds: { stall: number; status: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await fetch(`${control}/stall`);
    const status = await send(url, token, hostile);
    rounds.push({ stall: Number(await (await fetch(`${control}/stall`)).text()), status });
  }
  const worst = Math.max(...rounds.map(({ status }) => status));
  return { stall: Math.min(...rounds.map(({ stall }) => stall)), status: worst };
}

/** Sends a request, reads the response to its end, and returns its status. */
function send(
  url: string,
  token: string,
  { method = 'GET', path, headers, body = '' }: Hostile,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const all = {
      Authorization: `Bearer ${token}`,
      Connection: 'close',
      ...(method === 'POST' ? { 'Content-Length': Buffer.byteLength(body) } : {}),
      ...headers,
    };
    const sent = request({ hostname, port, method, path, headers: all }, (answer) => {
      answer
        .on('error', reject)
        .on('end', () => resolve(answer.statusCode ?? 0))
        .resume();
    });
    sent.on('error', reject).end(body);
  });
}
