import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../../../docs/site/library/documents.ts';
import { added, changed, compareKeys, type Difference, removed, show } from './change.ts';

/**
 * The direction of what a schema describes. For what a client sends, accepting less than before breaks it; for what it
 * gets, containing more than before does.
 */
export type Direction = 'sent' | 'answered';

/** Keywords that do not affect which values are valid. */
const ANNOTATIONS = new Set(['title', 'description', 'example', 'examples', '$comment', 'discriminator']);
const LOWER_LIMITS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_LIMITS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Compared by their own functions; every other keyword is only equal or different. */
const COMPARED = new Set([
  ...['type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items'],
  ...['oneOf', 'anyOf', 'allOf', 'default', 'deprecated', ...LOWER_LIMITS, ...UPPER_LIMITS],
]);

/**
 * The differences between two versions of a schema, with references resolved.
 *
 * @param at where the schema is, for example `grants[].status`
 */
export function compareSchemas(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  return [
    ...compareTypes(before, after, way, at),
    ...compareValues(before, after, way, at),
    ...compareLimits(before, after, way, at),
    ...compareProperties(before, after, way, at),
    ...compareOtherKeys(before, after, way, at),
    ...compareItems(before, after, way, at),
    ...compareChoices(before, after, way, at),
    ...compareRest(before, after, way, at),
  ];
}

/** The path of a field of an object. */
function inside(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

const ALL_TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'];

function typesOf({ type }: Schema): string[] {
  const types = type === undefined ? ALL_TYPES : [type].flat();
  return types.includes('number') && !types.includes('integer') ? [...types, 'integer'] : types;
}

/** Whether one set has what another lacks; a missing set contains everything. */
function isMore(more: unknown[] | undefined, than: unknown[] | undefined): boolean {
  if (than === undefined) return false;
  return more === undefined || more.some((value) => !than.some((other) => isDeepStrictEqual(value, other)));
}

function breaks(before: unknown[] | undefined, after: unknown[] | undefined, way: Direction): boolean {
  return way === 'sent' ? isMore(before, after) : isMore(after, before);
}

function compareTypes(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const [old, now] = [typesOf(before), typesOf(after)];
  if (!isMore(old, now) && !isMore(now, old)) return [];
  return [changed(at, `type ${show(before.type)} → ${show(after.type)}`, breaks(old, now, way))];
}

function valuesOf(schema: Schema): unknown[] | undefined {
  return 'const' in schema ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
}

function compareValues(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const [old, now] = [valuesOf(before), valuesOf(after)];
  const differences: Difference[] = [];
  if (isMore(old, now) || isMore(now, old)) {
    differences.push(changed(at, `values ${show(old)} → ${show(now)}`, breaks(old, now, way)));
  }
  if (way === 'sent' && !isDeepStrictEqual(before.default, after.default)) {
    // A client that omits it now asks for something else.
    differences.push(changed(at, `default ${show(before.default)} → ${show(after.default)}`, true));
  }
  if (before.deprecated !== after.deprecated) {
    differences.push(changed(at, after.deprecated ? 'is deprecated' : 'is no longer deprecated', false));
  }
  return differences;
}

function compareLimits(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const compare = (key: string, none: number, sign: 1 | -1): Difference[] => {
    if (before[key] === after[key]) return [];
    const isTighter = (Number(after[key] ?? none) - Number(before[key] ?? none)) * sign > 0;
    const text = `${key} ${show(before[key])} → ${show(after[key])}`;
    return [changed(at, text, way === 'sent' ? isTighter : !isTighter)];
  };
  return [
    ...LOWER_LIMITS.flatMap((key) => compare(key, -Infinity, 1)),
    ...UPPER_LIMITS.flatMap((key) => compare(key, Infinity, -1)),
  ];
}

function compareProperties(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const { gone, both, fresh } = compareKeys(before.properties, after.properties);
  const needed = (schema: Schema, name: string) => schema.required?.includes(name) ?? false;
  return [
    ...gone.map(([name]) => removed(inside(at, name), 'is gone')),
    ...fresh.map(([name]) =>
      added(
        inside(at, name),
        needed(after, name) ? 'is new, and required' : 'is new',
        way === 'sent' && needed(after, name),
      ),
    ),
    ...both.flatMap(([name, old, now]) => compareSchemas(old, now, way, inside(at, name))),
    ...compareRequired(before, after, way, at),
  ];
}

/** Required fields, among those described before. */
function compareRequired(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const [old, now] = [before.required ?? [], after.required ?? []];
  const isNew = (name: string) => !before.properties?.[name] && after.properties?.[name];
  const isGone = (name: string) => before.properties?.[name] && !after.properties?.[name];
  return [
    ...now
      .filter((name) => !old.includes(name) && !isNew(name))
      .map((name) => changed(inside(at, name), 'is now required', way === 'sent')),
    ...old
      .filter((name) => !now.includes(name) && !isGone(name))
      .map((name) => changed(inside(at, name), 'is no longer required', way === 'answered')),
  ];
}

/** Fields that the schema does not name. A client must tolerate them in responses, so only what it sends can break. */
function compareOtherKeys(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const [old, now] = [before.additionalProperties ?? true, after.additionalProperties ?? true];
  if (isDeepStrictEqual(old, now)) return [];
  if (isSchema(old) && isSchema(now)) return compareSchemas(old, now, way, inside(at, '*'));
  const text = `other fields ${show(old)} → ${show(now)}`;
  return [changed(at, text, way === 'sent' ? now !== true : isSchema(old))];
}

function compareItems(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  return compareSchemas(before.items ?? {}, after.items ?? {}, way, `${at}[]`);
}

/** Alternatives are the same if they have the same name, or else the same position. */
function compareChoices(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  return (['oneOf', 'anyOf', 'allOf'] as const).flatMap((key) => {
    const [old, now] = [before[key], after[key]];
    if (old === undefined && now === undefined) return [];
    // More alternatives accept more; more schemas in an `allOf` accept less. None at all accept everything.
    if (old === undefined || now === undefined) {
      const isTighter = now !== undefined;
      return [changed(at, `${key} ${isTighter ? 'is new' : 'is gone'}`, (way === 'sent') === isTighter)];
    }
    const { gone, both, fresh } = compareKeys(byName(old), byName(now));
    const moreIsMore = key !== 'allOf';
    return [
      ...gone.map(([name]) => changed(at, `${key} without ${name}`, (way === 'sent') === moreIsMore)),
      ...fresh.map(([name]) => changed(at, `${key} with ${name}`, (way === 'answered') === moreIsMore)),
      ...both.flatMap(([, one, other]) => compareSchemas(one, other, way, at)),
    ];
  });
}

function byName(schemas: Schema[]): Record<string, Schema> {
  return Object.fromEntries(
    schemas.map((schema, index) => [schema.title ?? `alternative ${index + 1}`, schema]),
  );
}

/** Keywords that no other function compares: dropping one accepts more, anything else needs a person to judge. */
function compareRest(before: Schema, after: Schema, way: Direction, at: string): Difference[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys]
    .filter((key) => !COMPARED.has(key) && !ANNOTATIONS.has(key) && !key.startsWith('x-'))
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => {
      const isFine = way === 'sent' ? after[key] === undefined : before[key] === undefined;
      return changed(at, `${key} ${show(before[key])} → ${show(after[key])}`, !isFine);
    });
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
