import { documented } from '../generated/documented.gen.ts';
import type { OperationId } from './documents.ts';
import { decoded } from './request.ts';

/** A path of the documents. */
export interface Route {
  /** The addresses that are meant. It has no groups: MSW would decode them, and throw for what it cannot decode. */
  address: RegExp;
  template: string;
  /** What can be done there, by the method. */
  operations: ReadonlyMap<string, OperationId>;
}

/** All paths. The first that fits is taken: those with the fewest parameters come first. */
export function routesOf(baseUrl: string): Route[] {
  const ids = Object.keys(documented) as OperationId[];
  const parameters = (template: string) => template.split('{').length;
  const templates = [...new Set(ids.map((id) => documented[id].path))];
  return templates
    .sort((one, other) => parameters(one) - parameters(other))
    .map((template) => {
      const own = ids.filter((id) => documented[id].path === template);
      const operations = own.map((id) => [documented[id].method.toUpperCase(), id] as const);
      return { address: addressOf(baseUrl, template), template, operations: new Map(operations) };
    });
}

function addressOf(baseUrl: string, template: string): RegExp {
  const base = baseUrl.replace(/\/+$/, '');
  const whole = base.startsWith('/') ? originOfPage() + base : base;
  const escaped = whole.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}${template.replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}

/** Any, where there is no page, or it has none. */
function originOfPage(): string {
  const origin = globalThis.location?.origin ?? 'null';
  return origin === 'null' ? '*' : origin;
}

/** The operation of a method. A HEAD stands for a GET (RFC 9110, section 9.3.2). */
export function operationAt({ operations }: Route, method: string): OperationId | undefined {
  return operations.get(method === 'HEAD' ? 'GET' : method);
}

/** The values in an address, by the names of their parameters; undefined where one cannot be decoded. */
export function valuesIn({ template }: Route, pathname: string): Record<string, string> | undefined {
  const parts = template.slice(1).split('/');
  const segments = pathname.replace(/\/$/, '').split('/').slice(-parts.length);
  const values = parts.flatMap((part, index) =>
    part.startsWith('{') ? [[part.slice(1, -1), decoded(segments[index] ?? '')] as const] : [],
  );
  const known = values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return known.length === values.length ? Object.fromEntries(known) : undefined;
}
