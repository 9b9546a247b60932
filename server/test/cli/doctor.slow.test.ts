import { describe, expect, it } from 'vitest';
import { GRANTKEEPER, OwnProcess } from '../../../scripts/processes/server-process.ts';
import { issuer, sound } from '../doctor/findings.ts';
import { useService } from '../service.ts';

const service = useService();

describe('grantkeeper doctor', () => {
  const run = (env: Record<string, string>, ...args: string[]) =>
    new OwnProcess([...GRANTKEEPER, 'doctor', ...args], env).ended;
  const production = {
    NODE_ENV: 'production',
    AUTH_ISSUER: 'https://issuer.example',
    AUTH_AUDIENCE: 'https://grants.example',
  };

  it('exits with 0 if there are only warnings', async () => {
    const { code, stdout, stderr } = await run({
      ...production,
      ...(await sound(service)),
      CORS_ORIGINS: '*',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // A busy machine may be slow to answer, which is a warning.
    expect(stdout).toMatch(/^(ok {7}signing keys: 1 key|warning {2}signing keys: .* \[keys-slow\])$/m);
    expect(stdout).toMatch(/^warning {2}configuration: .* \[any-origin\]\n {9}Why: .*\n {9}Do: {2}.*$/m);
    expect(stdout).toMatch(/\n0 to fix, \d warnings?\.\n$/);
  });

  it('exits with 1 if anything must be fixed, and says what as JSON', async () => {
    const env = { ...production, ...(await sound(service)), ...(await issuer([])) };
    const { code, stdout } = await run(env, '--json');
    const report = JSON.parse(stdout);
    expect({ code, errors: report.errors }).toEqual({ code: 1, errors: 1 });
    expect(report.checks).toContainEqual({
      check: 'signing keys',
      summary: '0 keys',
      // A busy machine may be slow to answer, which is a warning.
      findings: expect.arrayContaining([expect.objectContaining({ id: 'no-usable-key', severity: 'error' })]),
    });
  });

  it('says which variables are wrong', async () => {
    const { code, stdout } = await run({ NODE_ENV: 'production', PORT: 'x' }, '--json');
    expect(code).toBe(1);
    const [finding] = JSON.parse(stdout).checks[0].findings;
    expect(finding).toMatchObject({
      id: 'invalid-configuration',
      severity: 'error',
    });
    expect(finding.found).toMatch(/PORT must be a port number(.|\n)*MONGODB_URI must be set/);
  });

  it('says what to do where no server runs', async () => {
    const { code, stdout } = await run({ DATA_DIR: '/nowhere' });
    expect(code).toBe(1);
    expect(stdout).toContain(
      'no server runs on /nowhere: start one first, or set MONGODB_URI [database-out-of-reach]',
    );
  });
});
