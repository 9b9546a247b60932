/*
 * What a filter compares with is a text, always: types say so, and these check it once more where a filter is made. An
 * object would be an operator (`{ $gt: '' }` finds everybody's rows), mongoose would make "42" of a number, and null and
 * lists find other rows than those that are named. It holds whatever went wrong on the way here.
 */

/**
 * A filter on a field that must be exactly this text.
 *
 * @throws TypeError for what is no text that the database can hold; nothing has been asked of it then
 */
export function equals<Text extends string>(value: Text): { $eq: Text } {
  return { $eq: checked(value) };
}

/** The same for a field that must be one of these. */
export function isOneOf<Text extends string>(values: readonly Text[]): { $in: Text[] } {
  if (!Array.isArray(values)) throw noText(values);
  return { $in: values.map(checked) };
}

/**
 * Gives a text back for a filter that needs it as it is.
 *
 * @throws TypeError for anything else, half of a surrogate pair included: BSON would make another text of it
 */
export function checked<Text extends string>(value: Text): Text {
  if (typeof value !== 'string' || !value.isWellFormed()) throw noText(value);
  return value;
}

function noText(value: unknown): TypeError {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  return new TypeError(`a filter takes a well-formed text, and was given one of the type ${kind}`);
}
