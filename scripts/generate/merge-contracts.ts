/** Merges several contracts into one, so that everything generated from it shares one runtime. */

interface Operation {
  operationId: string;
  requestBody?: unknown;
  responses: Record<string, unknown>;
  security?: unknown;
}

/** A section, such as `schemas`, to its components by name. */
type Components = Record<string, Record<string, unknown>>;

/** The parts of a bundled OpenAPI document that merging looks at. */
export interface Contract {
  openapi: string;
  info: { title: string; version: string };
  servers?: { url: string }[];
  security?: unknown;
  tags?: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Components;
}

/**
 * Merges bundled contracts. Every operation keeps its full path, including its server's path, and its own security.
 * Components that are identical in two contracts become one; others of the same name get the contract's name as a
 * prefix.
 *
 * @param contracts a contract's name, such as `oauth-grants`, to the contract
 * @throws if two contracts have the same path or the same operationId
 */
export function mergeContracts(contracts: Map<string, Contract>): Contract {
  const merged: Contract = {
    openapi: '3.1.0',
    info: { title: 'Grantkeeper', version: '1.0.0' },
    tags: [],
    paths: {},
    components: {},
  };
  const operationIds = new Set<string>();
  for (const [name, original] of contracts) {
    const contract = withFreeNames(name, original, merged.components);
    for (const [section, components] of Object.entries(contract.components)) {
      merged.components[section] = { ...merged.components[section], ...components };
    }
    merged.tags?.push(...(contract.tags ?? []));
    const base = new URL(contract.servers?.[0]?.url ?? 'http://localhost').pathname.replace(/\/$/, '');
    for (const [path, operations] of Object.entries(contract.paths)) {
      addOnce(merged.paths, base + path, withSecurity(operations, contract.security));
      for (const { operationId } of Object.values(operations)) claim(operationIds, operationId);
    }
  }
  return merged;
}

function withSecurity(operations: Record<string, Operation>, security: unknown): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [method, { security, ...operation }]),
  );
}

/** Renames the contract's components whose names mean something else in `taken`. */
function withFreeNames(name: string, contract: Contract, taken: Components): Contract {
  const renamed = new Map<string, string>();
  for (const [section, components] of Object.entries(contract.components)) {
    for (const [key, component] of Object.entries(components)) {
      const other = taken[section]?.[key];
      if (other === undefined || JSON.stringify(other) === JSON.stringify(component)) continue;
      renamed.set(`#/components/${section}/${key}`, `#/components/${section}/${pascalCase(name)}${key}`);
    }
  }
  if (renamed.size === 0) return contract;
  const rewritten: Contract = JSON.parse(JSON.stringify(contract), (key, value) =>
    key === '$ref' ? (renamed.get(value) ?? value) : value,
  );
  for (const [section, components] of Object.entries(rewritten.components)) {
    rewritten.components[section] = Object.fromEntries(
      Object.entries(components).map(([key, component]) => [
        lastOf(renamed.get(`#/components/${section}/${key}`) ?? key),
        component,
      ]),
    );
  }
  return rewritten;
}

function addOnce<T>(record: Record<string, T>, key: string, value: T): void {
  if (key in record) throw new Error(`two contracts have the path ${key}`);
  record[key] = value;
}

function claim(names: Set<string>, name: string): void {
  if (names.has(name)) throw new Error(`two operations are called ${name}`);
  names.add(name);
}

/** A name such as `me-grants` or `listMeGrants`, as TypeScript writes a type's. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function lastOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
