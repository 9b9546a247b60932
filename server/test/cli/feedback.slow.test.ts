import { beforeEach, describe, expect, it } from 'vitest';
import { GRANTKEEPER, OwnProcess } from '../../../scripts/processes/server-process.ts';
import { useService } from '../service.ts';

const service = useService();
const STORE = 'guides/store.html';
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000);

beforeEach(async () => {
  const comments = Array.from({ length: 6 }, (_, index) => ({
    page: STORE,
    helpful: index > 2,
    comment: index === 0 ? 'What is\na \u001b[31mgrant?' : `comment ${index}`,
    at: day(index),
  }));
  await service.store.docsFeedback.insertMany([
    { page: 'index.html', helpful: true, at: day(0) },
    ...comments,
    { page: STORE, helpful: true, at: day(0) },
  ]);
});

const run = (...args: string[]) =>
  new OwnProcess([...GRANTKEEPER, 'feedback', ...args], { MONGODB_URI: service.uri }).ended;

describe('npm run feedback', () => {
  it('prints a table by page, the worst first, with the latest five comments', async () => {
    const { code, stdout } = await run();
    const [head, store, first, ...rest] = stdout.trimEnd().split('\n');
    expect([code, head?.split(/ +/), store?.split(/ +/)]).toEqual([
      0,
      ['page', 'yes', 'no'],
      [STORE, '4', '3'],
    ]);
    expect(first).toBe(`    ${day(0).toISOString().slice(0, 10)} no: What is a  [31mgrant?`);
    expect(rest.map((line) => line.trim().slice(11))).toEqual([
      'no: comment 1',
      'no: comment 2',
      'yes: comment 3',
      'yes: comment 4',
      expect.stringMatching(/ {4}1 {6}0$/),
    ]);
  });

  it('prints a line of JSON for each page with --json', async () => {
    const { stdout } = await run('--json');
    const pages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(pages).toMatchObject([
      { page: STORE, yes: 4, no: 3, comments: { length: 5 } },
      { page: 'index.html', yes: 1, no: 0, comments: [] },
    ]);
  });

  it('says so where nobody said anything, and how it is used', async () => {
    await service.empty();
    expect(await run()).toMatchObject({ code: 0, stdout: 'nobody has said anything yet\n' });
    expect(await run('--jsno')).toMatchObject({
      code: 1,
      stderr: "grantkeeper: unknown option '--jsno' (Did you mean --json?)\n",
    });
  });
});
