import { type DocumentName, errorSchemaOf, type Operation, type Parameter } from '../documents.ts';
import type { KnownValues } from '../requests/known-values.ts';
import type { Check } from './check.ts';
import { fieldsOf } from './problems.ts';

/** A check of each document: its `GET` operations refuse parameters that it does not name, and values out of bounds. */
export function refusalChecks(documents: DocumentName[]): Check[] {
  return documents.map((document) => ({
    document,
    name: 'a parameter without a meaning is refused, never ignored',
    async run(test, { client, known }) {
      if (document === 'account-grants' && client.verificationId === undefined) {
        test.skip('no verification_id was given');
      }
      for (const operation of client.operations) {
        if (operation.document !== document || operation.method !== 'GET') continue;
        const path = knownPath(operation, known);
        if (!path) continue;
        for (const [name, value] of senseless(operation)) {
          const answer = await client.call(test, operation.operationId, { path, query: { [name]: value } });
          const sent = [value].flat().map((one) => `${name}=${one}`);
          if (answer.status !== 400) client.differs(test, answer, `a ${answer.status} for ${sent.join('&')}`);
          else if (
            'errors' in (errorSchemaOf(operation).properties ?? {}) &&
            !fieldsOf(answer).includes(name)
          )
            client.differs(test, answer, `errors that do not name ${name}`);
        }
      }
      if (test.requests === 0) test.skip('no id for its path is known');
    },
  }));
}

/** Ids for the path that the server has shown; undefined if one is unknown. */
function knownPath({ parameters = [] }: Operation, known: KnownValues): Record<string, string> | undefined {
  const names = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
  const pairs = names.map((name) => [name, known.of(name)[0]]);
  return pairs.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(pairs);
}

function senseless({ parameters = [] }: Operation): [name: string, value: string | string[]][] {
  const own = parameters.filter((one) => one.in === 'query');
  return [['contract_tests', '1'], ...own.flatMap(outOfBounds), ...own.flatMap(sentTwice)];
}

/** A value that is allowed, and so would be taken if it were sent once. */
function sentTwice({ name, schema }: Parameter): [name: string, value: string[]][] {
  const { type, format, minimum = 1 } = schema;
  const values: Record<string, unknown> = { integer: minimum, boolean: true };
  const value =
    schema.enum?.[0] ??
    (type && values[type]) ??
    (format === 'date-time' ? '2020-01-01T00:00:00Z' : undefined);
  return value === undefined ? [] : [[name, [String(value), String(value)]]];
}

function outOfBounds({ name, schema }: Parameter): [name: string, value: string][] {
  const { type, minimum, maximum } = schema;
  if (schema.enum || type === 'boolean') return [[name, 'contract-tests']];
  if (type !== 'integer') return [];
  const beyond = [
    minimum === undefined ? [] : [minimum - 1],
    maximum === undefined ? [] : [maximum + 1],
  ].flat();
  return ['many', ...beyond.filter(Number.isSafeInteger).map(String)].map((value) => [name, value]);
}
