import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../../../docs/site/library/documents.ts';
import { added, changed, compareKeys, type Difference, removed, show } from './change.ts';
import { compareSchemas, type Direction } from './schemas.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  deprecated?: boolean;
  style?: string;
  explode?: boolean;
  schema?: Schema;
}

interface Header {
  required?: boolean;
  schema?: Schema;
}

type Content = Record<string, { schema?: Schema }>;

interface Response {
  headers?: Record<string, Header>;
  content?: Content;
}

/** An operation of a bundled document, with references resolved. */
export interface Operation {
  operationId: string;
  deprecated?: boolean;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Content };
  responses: Record<string, Response>;
}

/** The differences between two versions of an operation at the same address. */
export function compareOperations(before: Operation, after: Operation): Difference[] {
  return [
    ...compareNames(before, after),
    ...compareSecurity(before.security ?? [], after.security ?? []),
    ...compareParameters(before.parameters ?? [], after.parameters ?? []),
    ...compareBodies(before, after),
    ...compareResponses(before.responses, after.responses),
  ];
}

function compareNames(before: Operation, after: Operation): Difference[] {
  const renamed = changed('', `is now called \`${after.operationId}\`, also in the SDK`, true);
  const deprecated = changed('', after.deprecated ? 'is deprecated' : 'is no longer deprecated', false);
  return [
    ...(before.operationId === after.operationId ? [] : [renamed]),
    ...(before.deprecated === after.deprecated ? [] : [deprecated]),
  ];
}

type Requirement = Record<string, string[]>;

/** Every way in must still work, with the same scopes or fewer. */
function compareSecurity(before: Requirement[], after: Requirement[]): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const isMetBy = (asked: Requirement, given: Requirement) =>
    Object.entries(asked).every(([scheme, scopes]) => {
      const own = given[scheme];
      return own !== undefined && scopes.every((scope) => own.includes(scope));
    });
  const lets = (given: Requirement) => after.length === 0 || after.some((asked) => isMetBy(asked, given));
  const breaking = before.length === 0 ? !lets({}) : !before.every(lets);
  return [changed('security', `${show(before)} → ${show(after)}`, breaking)];
}

function compareParameters(before: Parameter[], after: Parameter[]): Difference[] {
  const { gone, both, fresh } = compareKeys(byPlace(before), byPlace(after));
  return [
    ...gone.map(([, { name, in: place }]) => removed(name, `the ${place} parameter is gone`)),
    ...fresh.map(([, { name, in: place, required = false }]) =>
      added(name, `the ${place} parameter is new${required ? ', and required' : ''}`, required),
    ),
    ...both.flatMap(([, old, now]) => compareParameter(old, now)),
  ];
}

function byPlace(parameters: Parameter[]): Record<string, Parameter> {
  const key = ({ in: place, name }: Parameter) =>
    `${place} ${place === 'header' ? name.toLowerCase() : name}`;
  return Object.fromEntries(parameters.map((parameter) => [key(parameter), parameter]));
}

function compareParameter(before: Parameter, after: Parameter): Difference[] {
  const { name } = before;
  const spelling = ({ style, explode }: Parameter) => ({ style, explode });
  return [
    ...compareRequired(name, before.required, after.required, 'sent'),
    ...(before.deprecated === after.deprecated
      ? []
      : [changed(name, after.deprecated ? 'is deprecated' : 'is no longer deprecated', false)]),
    ...(isDeepStrictEqual(spelling(before), spelling(after))
      ? []
      : [changed(name, `is written in another way: ${show(spelling(after))}`, true)]),
    ...compareSchemas(before.schema ?? {}, after.schema ?? {}, 'sent', name),
  ];
}

function compareRequired(subject: string, before = false, after = false, way: Direction): Difference[] {
  if (before === after) return [];
  return [changed(subject, after ? 'is now required' : 'is no longer required', after === (way === 'sent'))];
}

const BODY = 'request body';

function compareBodies({ requestBody: before }: Operation, { requestBody: after }: Operation): Difference[] {
  if (!before && !after) return [];
  if (!before) {
    const required = after?.required ?? false;
    return [added(BODY, `is new${required ? ', and required' : ''}`, required)];
  }
  if (!after) return [removed(BODY, 'is gone')];
  return [
    ...compareRequired(BODY, before.required, after.required, 'sent'),
    ...compareContent(before.content, after.content, 'sent', BODY),
  ];
}

function compareContent(
  before: Content | undefined,
  after: Content | undefined,
  way: Direction,
  where: string,
): Difference[] {
  const { gone, both, fresh } = compareKeys(before, after);
  return [
    ...gone.map(([type]) => removed(type, `is no longer a type of the ${where}`)),
    ...fresh.map(([type]) => added(type, `is another type of the ${where}`)),
    ...both
      .flatMap(([, old, now]) => compareSchemas(old.schema ?? {}, now.schema ?? {}, way, ''))
      .map((one) => {
        return { ...one, text: `${one.text} (${where})` };
      }),
  ];
}

/** A client must tolerate unknown error statuses, but not unknown success statuses. */
function compareResponses(before: Operation['responses'], after: Operation['responses']): Difference[] {
  const { gone, both, fresh } = compareKeys(before, after);
  return [
    ...gone.map(([status]) => removed(status, 'is no longer a status')),
    ...fresh.map(([status]) => added(status, 'is a new status', /^[123]/.test(status))),
    ...both.flatMap(([status, old, now]) => [
      ...compareHeaders(old.headers, now.headers, status),
      ...compareContent(old.content, now.content, 'answered', `answer ${status}`),
    ]),
  ];
}

function compareHeaders(
  before: Response['headers'],
  after: Response['headers'],
  status: string,
): Difference[] {
  const { gone, both, fresh } = compareKeys(before, after);
  return [
    ...gone.map(([name]) => removed(name, `is no longer a header of the answer ${status}`)),
    ...fresh.map(([name]) => added(name, `is a new header of the answer ${status}`)),
    ...both.flatMap(([name, old, now]) => [
      ...compareRequired(name, old.required, now.required, 'answered'),
      ...compareSchemas(old.schema ?? {}, now.schema ?? {}, 'answered', name),
    ]),
  ];
}
