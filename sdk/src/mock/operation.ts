/** As much of JSON Schema as the documents use for what is sent. */
export interface Schema {
  type?: 'array' | 'boolean' | 'integer' | 'object' | 'string';
  format?: string;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  default?: boolean | number | string;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: false;
  oneOf?: readonly Schema[];
  /** An object that has none of these properties. */
  not?: { properties: Readonly<Record<string, false>> };
}

/** A parameter of an operation, and what its value has to be. */
export interface Parameter extends Schema {
  name: string;
  in: 'header' | 'path' | 'query';
  example?: string;
  type: 'boolean' | 'integer' | 'string';
}

/** An answer: its media type unless it has no body, the headers that it always has, and its examples by name. */
export interface Answer<Examples> {
  type?: string;
  headers: Record<string, string>;
  examples: Examples;
}

/** What a document says of an operation. `Filled` are the parameters of its query that have a default. */
export interface Operation<
  Data extends { path?: unknown; query?: unknown; body?: unknown },
  Filled extends string,
  Answers,
> {
  method: 'delete' | 'get' | 'post';
  path: string;
  parameters: readonly Parameter[];
  answers: Answers;
  /** The types of a request, defaults included. There is no such value. */
  request?: {
    path: Data['path'];
    query: WithDefaults<NonNullable<Data['query']>, Filled>;
    body: Data['body'];
  };
}

type WithDefaults<Query, Filled extends string> = Query & {
  [Name in Extract<keyof Query, Filled>]-?: NonNullable<Query[Name]>;
};
