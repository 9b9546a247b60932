import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { errorOf } from '../src/error-of-answer.ts';
import {
  type ApiError,
  MeGrantsError,
  MyAccountGrantsError,
  OAuthGrantsError,
  UserConsentScopesError,
} from '../src/errors.ts';

const BUNDLES = new URL('../../openapi/bundled/', import.meta.url);

const classes = new Map<string, typeof ApiError>([
  ['oauth-grants.json', OAuthGrantsError],
  ['account-grants.json', MyAccountGrantsError],
  ['me-grants.json', MeGrantsError],
  ['user-consent-scopes.json', UserConsentScopesError],
]);

it('every error that a contract shows is of the class of its document, with its code and its message', async () => {
  const names = await readdir(BUNDLES);
  expect(names.sort()).toEqual([...classes.keys()].sort());
  for (const name of names) {
    for (const { path, status, value } of await examplesOf(name)) {
      const text = JSON.stringify(value);
      const error = errorOf(`https://api.example${path}`, new Response(text, { status }), text, 0);
      expect(error, `${status} ${path}`).toBeInstanceOf(classes.get(name));
      const code = value.type?.replace('urn:grantkeeper:problem:', '') ?? value.code ?? value.error;
      expect(error).toMatchObject({ status, code, message: `${status} ${value.detail ?? value.message}` });
      if (value.errors) expect(error?.fields).toEqual(value.errors);
      if (value.details) expect(error?.fields).toHaveLength(1);
    }
  }
});

interface Example {
  path: string;
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an example is whatever a contract shows
  value: any;
}

/** Every example of an error in a bundled contract, with its references followed. */
async function examplesOf(name: string): Promise<Example[]> {
  const contract = JSON.parse(await readFile(new URL(name, BUNDLES), 'utf8'));
  const found: Example[] = [];
  for (const [path, operations] of Object.entries<Record<string, { responses: object }>>(contract.paths)) {
    for (const { responses } of Object.values(operations)) {
      for (const [status, response] of Object.entries(responses)) {
        if (status.startsWith('2')) continue;
        const { content } = response.$ref
          ? contract.components.responses[response.$ref.split('/').at(-1)]
          : response;
        const [media] = Object.values<{ examples: Record<string, { value: unknown }> }>(content);
        for (const { value } of Object.values(media?.examples ?? {})) {
          found.push({ path: path.replace(/[{}]/g, ''), status: Number(status), value });
        }
      }
    }
  }
  expect(found.length).toBeGreaterThan(0);
  return found;
}
