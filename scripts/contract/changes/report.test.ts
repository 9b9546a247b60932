import { expect, it } from 'vitest';
import type { Change } from './change.ts';
import { changesMarkdown, unnamed } from './report.ts';

const limit: Change = {
  breaking: true,
  kind: 'changed',
  operationId: 'listGrants',
  subject: 'limit',
  text: 'maximum 100 → 50',
};
const cursor: Change = { ...limit, breaking: false, kind: 'added', subject: 'cursor', text: 'is new' };
const old = '## 1.0.0\n\n- Breaking: `listGrants` takes another `limit`.\n';
const isNamedBy = (bullet: string) => unnamed([limit, cursor], `${old}\n${bullet}\n`, old).length === 0;

it('a breaking change is named by a new bullet that says so, with the operation and what of it', () => {
  expect(isNamedBy('- **Breaking**: `listGrants` takes\n  a `limit` of 50 at most.')).toBe(true);
  for (const bullet of [
    '',
    '- `listGrants` takes a `limit` of 50 at most.',
    '- Breaking: `listGrants` takes a limit of 50 at most.',
    '- Breaking: `listMeGrants` takes a `limit` of 50 at most.',
    '- Breaking: `listGrants`\n- `limit`',
    'Breaking: `listGrants` `limit`',
    '- Breaking: `listGrants` takes another `limit`.',
  ]) {
    expect(isNamedBy(bullet), bullet).toBe(false);
  }
});

it('changes are Markdown, what breaks first, and documents without any are left out', () => {
  const documents = [
    { title: 'Grants 1.0.0 → 2.0.0', changes: [cursor, limit] },
    { title: 'Others 1.0.0', changes: [] },
  ];
  expect(changesMarkdown('v1.0.0', documents)).toBe(`# The contracts since v1.0.0

## Grants 1.0.0 → 2.0.0

### Breaking

- \`listGrants\` \`limit\`: maximum 100 → 50

### Added

- \`listGrants\` \`cursor\`: is new
`);
  expect(changesMarkdown('v1.0.0', documents.slice(1))).toBe(
    '# The contracts since v1.0.0\n\nNothing has changed.\n',
  );
});
