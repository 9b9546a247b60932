/** What scopes allow, each to go on after "it may", most important first: as Connected apps says it. */
export const SCOPE_WORDS = new Map([
  ['content:write', 'create, change and delete your content'],
  ['mcp', 'use the platform’s tools in your name'],
  ['content:read', 'read your content'],
  ['profile', 'see your name and picture'],
  ['openid', 'verify your identity'],
  ['offline_access', 'go on while you are away'],
]);

/**
 * Says in plain words what scopes allow, most important first.
 *
 * @param scope separated by spaces; those that the demo does not know are left out
 */
export function scopeWords(scope: string): string[] {
  const scopes = scope.split(' ');
  return [...SCOPE_WORDS].filter(([name]) => scopes.includes(name)).map(([, words]) => words);
}
