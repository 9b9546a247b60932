import { Router } from 'express';
import { z } from 'zod';
import type { Collections } from '../database/collections.ts';
import type { Clock } from '../http/clock.ts';
import { answerErrors, notFound } from '../http/errors.ts';
import { Failure } from '../http/failure.ts';
import type { FieldFailure } from '../http/field-failures.ts';
import { jsonBody } from '../http/json-body.ts';
import { onlyPost } from '../http/only-post.ts';
import { problemDetails } from '../http/problem.ts';
import { limitRate } from '../http/rate-limit.ts';
import type { Memory } from '../http/received-body.ts';
import { shortened } from '../http/shortened.ts';

const REQUESTS_PER_MINUTE = 10;
const BODY_LIMIT = 8 * 1024;
const DAY_MS = 86_400_000;

/**
 * How many are kept per day, from all readers together: at most 2 MB. As the database deletes them after 180 days,
 * feedback never takes more than 0.3 GB, whoever sends it.
 */
const MAX_PER_DAY = 400;

const feedback = z.strictObject({
  page: z
    .string()
    .max(200)
    .regex(/^\/?[\w-][\w./-]*$/, { error: 'must be the path of a page, such as guides/store.html' }),
  helpful: z.boolean(),
  comment: z.string().trim().max(1000).optional(),
});

/** "Was this page helpful?": stores a reader's answer, and nothing about the reader. */
export function feedbackEndpoint({ docsFeedback }: Collections, clock: Clock, memory: Memory): Router {
  const router = Router();
  router.all('/', onlyPost);
  const body = jsonBody({ limit: BODY_LIMIT, memory });
  router.post('/', limitRate(REQUESTS_PER_MINUTE), ...body, async (req, res) => {
    if (req.is('application/json') === false) {
      throw new Failure('unsupported-media-type', 'Send the body as application/json in UTF-8.');
    }
    const { page, helpful, comment } = read(req.body);
    const at = clock();
    await expectRoom(docsFeedback, at);
    await docsFeedback.create({ page, helpful, ...(comment ? { comment } : {}), at });
    res.status(204).end();
  });
  router.use(notFound, answerErrors(problemDetails));
  return router;
}

/**
 * Concurrent requests may exceed the limit slightly: it protects the disk, and promises nothing.
 *
 * @throws Failure when enough was kept for the day
 */
async function expectRoom(docsFeedback: Collections['docsFeedback'], now: Date): Promise<void> {
  const today = new Date(now).setUTCHours(0, 0, 0, 0);
  const kept = await docsFeedback.countDocuments({ at: { $gte: new Date(today) } }).limit(MAX_PER_DAY);
  if (kept < MAX_PER_DAY) return;
  const wait = Math.ceil((today + DAY_MS - now.getTime()) / 1000);
  throw new Failure('too-many-requests', 'Enough feedback was kept for today. Try again tomorrow.', {
    headers: { 'Retry-After': String(wait) },
  });
}

/** @throws Failure naming every invalid field */
function read(body: unknown): z.infer<typeof feedback> {
  const parsed = feedback.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.flatMap(fieldsOf);
  const detail = fields.map(({ field, detail }) => `${field || 'the body'} ${detail}`).join('; ');
  throw new Failure('invalid-request', `${detail}.`, { fields });
}

function fieldsOf(issue: z.core.$ZodIssue): FieldFailure[] {
  const at = (path: PropertyKey[], detail: string): FieldFailure => ({
    in: 'body',
    field: shortened(path.map((key) => `/${String(key)}`).join('')),
    detail,
  });
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => at([...issue.path, key], 'is not a key that may be sent here'));
    case 'invalid_type':
      return [at(issue.path, issue.input === undefined ? 'is required' : `must be ${issue.expected}`)];
    case 'too_big':
      return [at(issue.path, `must not have more than ${issue.maximum} characters`)];
    default:
      return [at(issue.path, issue.message)];
  }
}
