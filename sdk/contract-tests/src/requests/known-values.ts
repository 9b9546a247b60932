import fc from 'fast-check';
import { isObject } from '../exchange.ts';
import type { Ingredients } from './parts.ts';

/** The most values of one name that are kept. */
const MAX_VALUES = 50;
/** Names under which operations ask for what answers call by another. */
const OTHER_NAMES: Record<string, string[]> = {
  id: ['grantId', 'scopeId'],
  client_id: ['applicationId'],
  clientId: ['applicationId'],
};

/** Values that the server itself has shown, by the name of their field: what requests can ask for and find. */
export class KnownValues {
  readonly #values = new Map<string, Set<string>>();

  /** Takes every text of an answer. */
  learn(body: unknown, name = ''): void {
    if (typeof body === 'string') this.#add(name, body);
    else if (Array.isArray(body)) for (const item of body) this.learn(item, name);
    else if (isObject(body)) for (const [key, value] of Object.entries(body)) this.learn(value, key);
  }

  /** All that are known of a name. */
  of(name: string): string[] {
    return [...(this.#values.get(name) ?? [])];
  }

  /** What to make requests of. */
  ingredients(): Ingredients {
    const values = Object.fromEntries(
      [...this.#values].map(([name, known]) => [name, fc.constantFrom(...known)]),
    );
    return {
      // Any other cursor holds for its own list only.
      values: { ...values, 'listOAuthGrants.cursor': fc.constant('first') },
      bodies: values.grant_id
        ? { revokeOAuthGrants: revocationsOf({ ...values, grant_id: values.grant_id }) }
        : {},
    };
  }

  #add(name: string, text: string): void {
    for (const one of [name, ...(OTHER_NAMES[name] ?? [])]) {
      const values = this.#values.get(one) ?? new Set();
      if (values.size < MAX_VALUES && text !== '') values.add(text);
      this.#values.set(one, values);
    }
  }
}

/** Bulk revocations: of ids that the server gave, or by filters that it knows. */
function revocationsOf(values: Record<string, fc.Arbitrary<string>> & { grant_id: fc.Arbitrary<string> }) {
  const options = { include_consent: fc.boolean(), dry_run: fc.boolean() };
  const { client_id = fc.constant('unknown'), resource = fc.constant('unknown') } = values;
  return fc.oneof(
    fc.record(
      { grant_ids: fc.array(values.grant_id, { minLength: 1, maxLength: 4 }), ...options },
      { requiredKeys: ['grant_ids'] },
    ),
    fc.record(
      {
        client_id,
        resource,
        status: fc.constantFrom('active', 'revoked', 'expired', 'all'),
        unused_since: fc.constantFrom('2000-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z'),
        ...options,
      },
      { requiredKeys: ['client_id'] },
    ),
  );
}
