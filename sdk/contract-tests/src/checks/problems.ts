import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { isObject } from '../exchange.ts';
import { objectsIn } from './lists.ts';

/**
 * Notes a difference unless an answer is a problem of OAuth Grants.
 *
 * @param problem its status and its name, as the document's table has them
 * @param what what was asked for
 */
export function expectProblem(
  test: Case,
  client: Client,
  answer: Answer,
  [status, name]: readonly [status: number, name: string],
  what: string,
): void {
  const type = isObject(answer.body) ? answer.body.type : undefined;
  if (answer.status !== status) client.differs(test, answer, `a ${answer.status} for ${what}`);
  else if (type !== `urn:grantkeeper:problem:${name}`)
    client.differs(test, answer, `not ${name} for ${what}`);
}

/** The fields that a problem names as wrong, in order. */
export function fieldsOf({ body }: Answer): unknown[] {
  return isObject(body) ? objectsIn(body, 'errors').map(({ field }) => field) : [];
}

export const INVALID = [400, 'invalid-request'] as const;
export const FORBIDDEN = [403, 'forbidden'] as const;
export const NO_SUCH_GRANT = [404, 'grant-not-found'] as const;
