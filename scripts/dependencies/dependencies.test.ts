import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../processes/server-process.ts';
import { advisoriesIn, advisoryFaults } from './advisories.ts';
import { LICENSE_EXCEPTIONS, type LicenseException } from './exceptions.ts';
import { licenseFaults } from './licenses.ts';

describe('licenses', () => {
  const exception: LicenseException = {
    package: 'engine*',
    license: 'SSPL-1.0',
    developmentOnly: true,
    why: 'for tests',
  };
  const engine = { 'node_modules/engine': { license: 'SSPL-1.0', dev: true } };

  it('all dependencies have one that we may use', async () => {
    const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
    expect(licenseFaults(packages, LICENSE_EXCEPTIONS)).toEqual([]);
  });

  it('permissive ones pass, and choices among which there is one', () => {
    const packages = ['MIT', '(MIT OR GPL-3.0-only)', '(MIT AND Zlib)'].map((license, index) => [
      `node_modules/p${index}`,
      { license },
    ]);
    expect(licenseFaults(Object.fromEntries(packages), [])).toEqual([]);
  });

  it.each([
    ['GPL-3.0-only', 'has the license GPL-3.0-only, in what we ship'],
    ['(MIT AND GPL-3.0-only)', 'has the license (MIT AND GPL-3.0-only), in what we ship'],
    ['SEE LICENSE IN LICENSE.md', 'has the license SEE LICENSE IN LICENSE.md, in what we ship'],
    [undefined, 'names no license, in what we ship'],
  ])('%s is named, also below another package', (license, fault) => {
    const locked = license === undefined ? {} : { license };
    const packages = { '': {}, server: {}, 'node_modules/a/node_modules/@b/c': locked };
    expect(licenseFaults(packages, [])).toEqual([`@b/c: ${fault}`]);
  });

  it('an exception is for its package, its license and its place, and goes when it is not needed', () => {
    expect(licenseFaults(engine, [exception])).toEqual([]);
    expect(licenseFaults({ 'node_modules/engine': { license: 'SSPL-1.0' } }, [exception])).toEqual([
      'engine: has the license SSPL-1.0, in what we ship',
      'engine*: the exception is not needed: delete it',
    ]);
    expect(
      licenseFaults({ 'node_modules/engine': { license: 'GPL-2.0-only', dev: true } }, [exception]),
    ).toContain('engine: has the license GPL-2.0-only, for development');
  });
});

describe('advisories', () => {
  const url = 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc';
  const via = { name: 'qs', severity: 'high', title: 'It can be made slow', url };
  const report = { vulnerabilities: { qs: { via: [via] }, express: { via: ['qs'] }, other: { via: [via] } } };
  const fault = `qs: high: It can be made slow (${url})`;
  const excepted = { id: 'GHSA-aaaa-bbbb-cccc', why: 'nobody can reach it', until: '2026-12-31' };

  it('each is named once', () => {
    expect(advisoryFaults(advisoriesIn(report), [], '2026-12-01')).toEqual([fault]);
  });

  it('an exception holds until its day, and goes when it is not needed', () => {
    const advisories = advisoriesIn(report);
    expect(advisoryFaults(advisories, [excepted], '2026-12-31')).toEqual([]);
    expect(advisoryFaults(advisories, [excepted], '2027-01-01')).toEqual([fault]);
    expect(advisoryFaults([], [excepted], '2026-12-01')).toEqual([
      'GHSA-aaaa-bbbb-cccc: the exception is not needed: delete it',
    ]);
  });

  it('no answer of the registry is no good news', () => {
    expect(() => advisoriesIn({ message: '405 Method Not Allowed' })).toThrow(
      'the registry did not say: 405 Method Not Allowed',
    );
  });
});
