import express, { type RequestHandler } from 'express';
import { pino } from 'pino';
import { afterEach, expect, it, vi } from 'vitest';
import { whenAsked } from '../../src/demo/when-asked.ts';
import { answerErrors } from '../../src/http/errors.ts';
import { type Listening, listen } from '../../src/http/listen.ts';
import { problemDetails } from '../../src/http/problem.ts';
import { eventually } from '../eventually.ts';

let server: Listening;
afterEach(() => server.close());

it('loads once for all who ask meanwhile, answers a failure, and tries again after one', async () => {
  let finish: (handler: RequestHandler) => void = () => {};
  const load = vi
    .fn(() => new Promise<RequestHandler>((resolve) => (finish = resolve)))
    .mockRejectedValueOnce(new Error('a library is missing'));
  const app = express().use(whenAsked(load), answerErrors(problemDetails));
  server = await listen(app, { host: '127.0.0.1', port: 0, log: pino({ level: 'silent' }) });
  expect((await fetch(server.url)).status).toBe(500);
  const answers = [fetch(server.url), fetch(server.url)];
  await eventually(() => expect(load).toHaveBeenCalledTimes(2));
  finish((_req, res) => void res.send('here'));
  for (const answer of await Promise.all(answers)) expect(await answer.text()).toBe('here');
  expect(load).toHaveBeenCalledTimes(2);
});
