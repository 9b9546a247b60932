// Runs the calls on what React Native brings: its fetch over XMLHttpRequest, and its AbortController, whose signals know
// neither reasons nor how to throw them. It has no streams, no DOMException and no crypto.
import { createServer } from 'node:net';
import { AbortController, AbortSignal } from 'abort-controller';
import XMLHttpRequest from 'xhr2';

const setting = JSON.parse(process.env.SETTING);
for (const name of [
  'fetch',
  'Request',
  'Response',
  'Headers',
  'FormData',
  'Blob',
  'crypto',
  'DOMException',
]) {
  delete globalThis[name];
}
for (const name of [
  'ReadableStream',
  'WritableStream',
  'TransformStream',
  'TextDecoderStream',
  'structuredClone',
]) {
  delete globalThis[name];
}
Object.assign(globalThis, {
  AbortController,
  AbortSignal,
  XMLHttpRequest,
  self: globalThis,
});
await import('whatwg-fetch');

const { callEverything } = await import('./every-call.js');
const outcome = await callEverything(setting);

const { createGrantkeeper } = await import('@grantkeeper/sdk');
const silent = createServer().listen(0, '127.0.0.1');
await new Promise((resolve) => silent.once('listening', resolve));
const { me } = createGrantkeeper({
  baseUrl: `http://127.0.0.1:${silent.address().port}`,
  token: setting.personToken,
  retries: 0,
});
outcome.late = await me.listGrants({ timeout: 50 }).catch(({ name }) => name);
const controller = new AbortController();
setTimeout(() => controller.abort(), 50);
outcome.aborted = await me.listGrants({ signal: controller.signal }).catch(({ name }) => name);
console.log(JSON.stringify(outcome));
process.exit();
