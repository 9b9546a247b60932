/*
 * A filter always compares with a string: the types say so, and these functions check it again where a filter is made,
 * whatever went wrong before. An object would be an operator (`{ $gt: '' }` finds everybody's rows), mongoose would
 * turn a number into "42", and null and lists find other rows than those that are named.
 */

/**
 * A filter on a field that must equal this string.
 *
 * @throws TypeError for anything but a string that the database can store; no query has been sent then
 */
export function equals<Text extends string>(value: Text): { $eq: Text } {
  return { $eq: checked(value) };
}

/** The same for a field that must equal one of these. */
export function isOneOf<Text extends string>(values: readonly Text[]): { $in: Text[] } {
  if (!Array.isArray(values)) throw noText(values);
  return { $in: values.map(checked) };
}

/**
 * Returns a string unchanged, for a filter that needs it as it is.
 *
 * @throws TypeError for anything else, including a lone surrogate: BSON would make another string of it
 */
export function checked<Text extends string>(value: Text): Text {
  if (typeof value !== 'string' || !value.isWellFormed()) throw noText(value);
  return value;
}

function noText(value: unknown): TypeError {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  return new TypeError(`a filter takes a well-formed text, and was given one of the type ${kind}`);
}
