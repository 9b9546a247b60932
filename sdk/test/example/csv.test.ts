import type { OAuthGrant } from '@grantkeeper/sdk';
import { describe, expect, it } from 'vitest';
import { HEAD, lineOf } from '../../example/src/grants/grant-line.ts';
import { csvLine } from '../../example/src/shared/csv.ts';

describe('a line of CSV', () => {
  it.each([
    ['plain', 'plain'],
    ['with, comma', '"with, comma"'],
    ['a "quoted" word', '"a ""quoted"" word"'],
    ['two\nlines', '"two\nlines"'],
    [undefined, ''],
    [-5, '-5'],
    ['é 名', 'é 名'],
  ])('writes %j as %j', (cell, written) => {
    expect(csvLine([cell, 'b'])).toBe(`${written},b\r\n`);
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\tx',
    '\r=1',
    '\n=1',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff\u202e=1',
    '\0=1',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(A1)',
  ])('puts an apostrophe before %j, which a spreadsheet would run', (text) => {
    expect(csvLine([text]).replaceAll('"', '')).toBe(`'${text}\r\n`);
  });

  it.each([
    ['App;=1+1', `"App;'=1+1"`],
    ['App; ＝1+1', `"App;' ＝1+1"`],
    ['App\t@SUM(A1)', `"App\t'@SUM(A1)"`],
    ['App\r\n=1', `"App\r\n'=1"`],
    ['a;=1;=2', `"a;'=1;'=2"`],
  ])('writes %j, which splits where cells end at semicolons or tabs, as %j', (text, written) => {
    expect(csvLine([text])).toBe(`${written}\r\n`);
  });

  it('leaves alone what is no formula at its beginning', () => {
    expect(csvLine(['a=b', ' b', "'=1", 'a-b@c.example', '名=1'])).toBe("a=b, b,'=1,a-b@c.example,名=1\r\n");
  });
});

describe('a grant as a line of the export', () => {
  const grant: OAuthGrant = {
    grant_id: 'g',
    client_id: 'c',
    client_name: '=HYPERLINK("https://evil.example","Click")',
    user_id: 'u',
    account_id: 'a',
    project_id: 'p',
    project_name: 'Support',
    resource: 'https://r.example/',
    scope: ['openid', 'profile'],
    status: 'active',
    token_count: 2,
    granted_at: '2026-04-22T07:12:11.000Z',
    created_at: '2026-04-22T07:12:11.000Z',
  };

  it('has a cell for each column, and none of them is a formula', () => {
    expect(lineOf(grant)).toBe(
      `c,"'=HYPERLINK(""https://evil.example"",""Click"")",u,,,a,p,Support,https://r.example/,openid profile,active,,2,` +
        '2026-04-22T07:12:11.000Z,2026-04-22T07:12:11.000Z,,,g\r\n',
    );
  });

  it('comes after a byte order mark and the names of the columns', () => {
    expect(HEAD).toMatch(/^\uFEFFclient_id,client_name,.*,grant_id\r\n$/);
  });
});
