import type { Quota } from '../database/request-counts.ts';

/**
 * How many requests each caller may send: `read` is for GET and HEAD, `write` for all others, `unauthorized` for requests
 * without a valid token, by address.
 */
export type RatePolicies = Record<'read' | 'write' | 'unauthorized', Quota>;

const DEFAULT: RatePolicies = {
  read: { requests: 6_000, seconds: 60 },
  write: { requests: 1_200, seconds: 60 },
  unauthorized: { requests: 600, seconds: 60 },
};

/** What is wrong with a setting that cannot be read, as the end of a sentence. */
export const POLICIES_FAULT =
  'must be off, or limits such as read=6000/60,write=1200/60,unauthorized=600/60: how many requests (1 to 999999) in how many seconds (1 to 3600)';

/**
 * Reads the setting RATE_LIMITS. Policies that it does not name have their defaults.
 *
 * @returns 'off' for no limits; undefined if it cannot be read
 */
export function readPolicies(text: string): RatePolicies | 'off' | undefined {
  if (text === 'off') return 'off';
  const policies = { ...DEFAULT };
  const named = new Set<string>();
  for (const one of text === '' ? [] : text.split(',')) {
    const [, name = '', requests, seconds] = /^\s*(\w+)=([1-9]\d{0,5})\/([1-9]\d{0,3})\s*$/.exec(one) ?? [];
    if (!isPolicy(name) || named.has(name) || Number(seconds) > 3_600) return undefined;
    named.add(name);
    policies[name] = { requests: Number(requests), seconds: Number(seconds) };
  }
  return policies;
}

function isPolicy(name: string): name is keyof RatePolicies {
  return Object.hasOwn(DEFAULT, name);
}
