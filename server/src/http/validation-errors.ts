import type { FieldFailure } from './failure.ts';

/** One fault as express-openapi-validator reports it. */
export interface ReportedFault {
  /** Such as `/query/limit` or `/body/grant_ids/0`. */
  path?: string;
  message?: string;
  /** Such as `required.openapi.validation`. */
  errorCode?: string;
}

const LOCATION: Record<string, FieldFailure['in']> = {
  body: 'body',
  query: 'query',
  params: 'path',
  headers: 'header',
};

/** No more than this many fields are named: nobody reads on. */
const MOST_FIELDS = 100;

/** The faults in a client's words: each field once, and only what the client can do something about. */
export function describeFaults(faults: ReportedFault[]): FieldFailure[] {
  const fields = new Map<string, FieldFailure>();
  for (const fault of withoutChoices(faults)) {
    const [, place = '', ...rest] = (fault.path ?? '').split('/');
    const location = LOCATION[place];
    if (!location || fields.size >= MOST_FIELDS) continue;
    const field = location === 'body' ? rest.map((part) => `/${part}`).join('') : rest.join('/');
    if (!fields.has(location + field))
      fields.set(location + field, { in: location, field, detail: wording(fault) });
  }
  return [...fields.values()];
}

/**
 * A choice of which nothing was met is reported as every one of its alternatives and then the choice itself: one
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
  return message.replace(/^Parameter '.*?' /, '').replace(/\.$/, '');
}
