import { UsageError } from './errors.ts';
import type { RequestOptions } from './generated/client/types.gen.ts';

/** What an `Authorization` header can hold after `Bearer`. */
const TOKEN = /^[!-~]+$/;
const ADDRESS = /^https?:\/\/[^\s/\\?#@]+(\/[^\s?#]*)?$/i;
/** A path of the page's own host. What begins with two slashes names another. */
const PATH = /^\/(?![/\\])[^\s?#]*$/;
/** What the runtime throws for a request that it cannot make: by name, for it may have classes of its own. */
const NATIVE = /^(Type|Range|Reference|URI)Error$/;

/** Throws a UsageError unless something is right. */
export function check(isRight: boolean, message: string): asserts isRight {
  if (!isRight) throw new UsageError(message);
}

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value);
}

/**
 * Where the server is, without slashes at its end: the paths of operations begin with one.
 *
 * @returns the address, or '' for the root of the page's own host. It throws a UsageError where the value is none.
 */
export function baseUrlOf(value: unknown): string {
  const isText = typeof value === 'string';
  check(
    isText && (isAddress(value) || (PATH.test(value) && !!globalThis.location)),
    // What is before an @ may be a password.
    `baseUrl must be like "https://api.example.com/path", with no credentials, query or hash, or a path such as "/api" in a page: ${isText ? JSON.stringify(value.replace(/^.*@/s, '…@')) : typeof value}`,
  );
  return value.replace(/\/+$/, '');
}

function isAddress(text: string): boolean {
  try {
    return ADDRESS.test(text) && !!new URL(text);
  } catch {
    return false;
  }
}

/** Throws a UsageError unless the runtime has these. */
export function checkRuntime(...names: string[]): void {
  for (const name of names) {
    check(Reflect.get(globalThis, name) !== undefined, `this runtime has no ${name}: load a fetch polyfill`);
  }
}

/** Throws a UsageError that names the header that cannot be sent. It does not say its value: that may be a secret. */
export function checkHeaders(headers: object): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers({ [name]: value });
    } catch {
      check(false, `the header ${JSON.stringify(name)} cannot be sent`);
    }
  }
}

/**
 * Throws a UsageError unless every part of the address is of one value, and each of its path stays in its place: an
 * address would lose an empty one and name another operation. Getting the grant '' would list all.
 */
export function checkAddress({ url, path, query }: Pick<RequestOptions, 'url' | 'path' | 'query'>): void {
  for (const [, name = ''] of url.matchAll(/\{(\w+)\}/g)) {
    const value = path?.[name];
    check(
      typeof value === 'string' && !/^\.{0,2}$/.test(value),
      `${name} must be text, and not "", "." or ".."`,
    );
  }
  for (const [name, value] of Object.entries(query ?? {})) {
    check(value === null || typeof value !== 'object', `${name} must be one value`);
  }
}

/** A UsageError where the runtime could not make a request; any other error as it is. */
export function asUsageError(error: unknown, url: string): unknown {
  const { name, message } = Object(error);
  return NATIVE.test(name) ? new UsageError(`${url}: ${message}`, { cause: error }) : error;
}
