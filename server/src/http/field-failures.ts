import { shortened } from './shortened.ts';

/** One invalid value of a request. For bodies, `field` is a JSON pointer. */
export interface FieldFailure {
  in: 'body' | 'query' | 'path' | 'header';
  field: string;
  detail: string;
}

/** One fault as express-openapi-validator reports it. */
export interface ReportedFault {
  /** For example `/query/limit` or `/body/grant_ids/0`. */
  path?: string;
  message?: string;
  /** For example `required.openapi.validation`. */
  errorCode?: string;
}

const LOCATION: Record<string, FieldFailure['in']> = {
  body: 'body',
  query: 'query',
  params: 'path',
  headers: 'header',
};

/** No more fields than this are named: nobody reads on. */
const MAX_FIELDS = 100;

/** Describes faults to the client: each field once, and only what the client can do something about. */
export function describeFaults(faults: ReportedFault[]): FieldFailure[] {
  const fields = new Map<string, FieldFailure>();
  for (const fault of withoutChoices(faults)) {
    if (fields.size >= MAX_FIELDS) break;
    const { path = '' } = fault;
    const end = path.indexOf('/', 1);
    const location = LOCATION[path.slice(1, end === -1 ? undefined : end)];
    if (!location) continue;
    // An unknown key is named as it was sent, and may have any length.
    const rest = shortened(end === -1 ? '' : path.slice(end));
    const field = location === 'body' ? rest : rest.slice(1);
    if (!fields.has(location + field))
      fields.set(location + field, { in: location, field, detail: wording(fault) });
  }
  return [...fields.values()];
}

/**
 * When no alternative of a choice matches, the validator reports every alternative and then the choice itself: one
 * fault that names the alternatives says it better.
 */
function withoutChoices(faults: ReportedFault[]): ReportedFault[] {
  const choice = faults.find(({ errorCode }) => errorCode === 'anyOf.openapi.validation');
  const rest = faults.filter(({ errorCode }) => !/^(anyOf|if)\./.test(errorCode ?? ''));
  if (!choice) return rest;
  const isAlternative = ({ errorCode }: ReportedFault) => errorCode === 'required.openapi.validation';
  const names = rest.filter(isAlternative).map(({ path }) => path?.split('/').at(-1));
  const others = rest.filter((fault) => !isAlternative(fault));
  return [...others, { path: choice.path ?? '', message: `must have at least one of ${names.join(', ')}` }];
}

function wording({ message = 'is not what the document says', errorCode }: ReportedFault): string {
  if (errorCode === 'required.openapi.validation') return 'is required';
  if (errorCode === 'additionalProperties.openapi.validation') return 'is not a key that may be sent here';
  if (message.endsWith('must match format "date-time"')) return NO_DATE_TIME;
  return message.replace(/^Parameter '.*?' /, '').replace(/\.$/, '');
}

/** An unescaped `+` in a query is a space. */
const NO_DATE_TIME =
  'must be a date and time such as 2026-05-01T00:00:00Z or 2026-05-01T02:00:00+02:00; in an address, + is written %2B';
