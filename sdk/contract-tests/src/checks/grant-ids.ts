import { valuesIn } from '../answers/grant-values.ts';
import { NOBODY } from './check.ts';

/** The id of a grant that there is not: that of another, with a value that nothing has. */
export function unknownIdLike(id: string, name: string): string | undefined {
  const values = valuesIn(id);
  if (typeof values[name] !== 'string') return undefined;
  return Buffer.from(JSON.stringify({ ...values, [name]: NOBODY })).toString('base64url');
}
