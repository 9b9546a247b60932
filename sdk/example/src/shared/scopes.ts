/** What scopes allow, in plain language, what weighs most first. Each goes on after "it may". */
const WORDS = new Map([
  ['all', 'do everything that you can do'],
  ['content:write', 'create, change and delete your content'],
  ['files:write', 'upload and delete your files'],
  ['runs:start', 'start runs for you'],
  ['mcp', 'use the platform’s tools in your name'],
  ['content:read', 'read your content'],
  ['files:read', 'read your files'],
  ['runs:read', 'see your runs and what came of them'],
  ['email', 'see your e-mail address'],
  ['phone', 'see your phone number'],
  ['address', 'see your postal address'],
  ['profile', 'see your name and picture'],
  ['openid', 'verify your identity'],
  ['offline_access', 'go on while you are away'],
]);

/** For scopes such as `billing:read` that have no words of their own. */
const VERBS = new Map([
  ['read', 'see'],
  ['write', 'change'],
  ['create', 'create'],
  ['update', 'change'],
  ['delete', 'delete'],
  ['manage', 'manage'],
  ['admin', 'manage'],
]);

const ORDER = [...WORDS.keys()];

/** What a set of scopes means to the person who granted them. */
export interface InWords {
  /** Each to go on after "it may". */
  may: string[];
  /** The projects that all of it is limited to; none: not limited. */
  projects: string[];
}

/** Says in words what scopes allow, what weighs most first. */
export function inWords(scopes: readonly string[]): InWords {
  const projects = scopes.filter((scope) => scope.startsWith('project:'));
  const rest = scopes.filter((scope) => !projects.includes(scope)).sort((a, b) => rank(a) - rank(b));
  return {
    may: [...new Set(rest.map(wordsFor))],
    projects: projects.map((scope) => scope.slice('project:'.length)),
  };
}

/** Those without words of their own come first: who knows what they weigh. */
function rank(scope: string): number {
  return ORDER.indexOf(scope);
}

function wordsFor(scope: string): string {
  const [thing = '', verb = ''] = scope.split(':');
  const known = VERBS.get(verb);
  return WORDS.get(scope) ?? (thing && known ? `${known} your ${readable(thing)}` : `use “${scope}”`);
}

function readable(thing: string): string {
  return thing.replaceAll(/[_-]+/g, ' ');
}
