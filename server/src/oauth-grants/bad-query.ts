import { Failure } from '../http/failure.ts';

/** The 400 for a query parameter that only the operation itself can judge. */
export function badQuery(field: string, detail: string): Failure {
  return new Failure('invalid-request', `${field} ${detail}.`, { fields: [{ in: 'query', field, detail }] });
}
