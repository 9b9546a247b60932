import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  OwnProcess,
  ROOT,
  type ServerProcess,
  untilReady,
} from '../../../scripts/processes/server-process.ts';
import { signToken } from '../../../scripts/processes/sign-token.ts';
import { serving } from '../doctor/patient.ts';
import { eventually } from '../eventually.ts';
import { ACCOUNT_ADMIN } from '../processes.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { buildImage, type Image } from './image.ts';

/*
 * The file system of the image, built by the steps of the Dockerfile in a folder, and the server that runs from it.
 */

const PARTY = 'https://issuer.example';
/** What the revocation in flight takes back, of as many grants: five batches, so that the first is seen before the answer. */
const TOKENS = 5_000;
const MINUTES = 60_000;

const service = useService();
const { publicKey, privateKey } = await generateKeyPair('ES256');

describe('the image', () => {
  let folder: string;
  let image: Image;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grantkeeper-image-'));
    image = await buildImage(await readFile(join(ROOT, 'server/deploy/Dockerfile'), 'utf8'), folder);
    await chmod(folder, 0o755);
    execFileSync('chmod', ['-R', 'a-w', image.folder]);
  }, 20 * MINUTES);
  afterAll(async () => {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true });
  });

  /** Runs a command of the image as its user, with its variables and no other. */
  function inImage(command: string[], env: Record<string, string>): OwnProcess {
    const all = Object.entries({ PATH: process.env.PATH ?? '', ...image.env, ...env });
    const variables = all.map(([name, value]) => `${name}=${value}`);
    const script = 'cd "$0" && exec env -i "$@"';
    const uid = process.getuid?.() === 0 ? Number(image.user.split(':')[0]) : undefined;
    return new OwnProcess(['sh', '-c', script, image.folder, ...variables, ...command], {}, uid);
  }

  async function production(): Promise<Record<string, string>> {
    const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256' }];
    const AUTH_JWKS_URI = await serving((_req, res) => res.end(JSON.stringify({ keys })));
    return { MONGODB_URI: service.uri, AUTH_JWKS_URI, AUTH_ISSUER: PARTY, AUTH_AUDIENCE: PARTY };
  }

  async function started(env: Record<string, string>): Promise<ServerProcess> {
    const server = inImage([...image.command, ...image.arguments], {
      ...env,
      ...{ HOST: '127.0.0.1', PORT: '0', LIST_WAIT_MS: '30000' },
    });
    const [, url = ''] = await server.printed(/"url":"([^"]+)","msg":"listening"/);
    const found = Object.assign(server, { url });
    await untilReady(found);
    return found;
  }

  it('holds what the server needs, and nothing to develop with', async () => {
    expect((await readdir(image.folder)).toSorted()).toEqual([
      'LICENSE',
      'docs',
      'node_modules',
      'openapi',
      'server',
    ]);
    expect((await readdir(join(image.folder, 'server'))).toSorted()).toEqual(['bin', 'dist', 'package.json']);
    const packages = await readdir(join(image.folder, 'node_modules'));
    for (const name of ['typescript', 'tsx', 'vitest', '@0q', 'mongodb-memory-server-core']) {
      expect(packages, name).not.toContain(name);
    }
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const kilobytes = Number.parseInt(execFileSync('du', ['-sk', image.folder], { encoding: 'utf8' }), 10);
    expect(kilobytes).toBeLessThan(90_000);
  });

  it(
    'runs, passes doctor, and drains on SIGTERM with a bulk revocation in flight',
    async () => {
      const rows = Array.from({ length: TOKENS }, (_, index) =>
        tokenRow({ user_id: `user-${index}`, expires_at: null }),
      );
      await service.store.refreshTokens.insertMany(rows);
      const env = await production();
      const server = await started(env);

      const answers = ['/healthz', '/readyz', '/docs/'].map((path) => fetch(`${server.url}${path}`));
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
      const { port: PORT } = new URL(server.url);
      expect((await inImage(image.healthcheck, { PORT }).ended).code).toBe(0);

      const doctor = await inImage([...image.command, 'doctor', '--full'], env).ended;
      expect(doctor).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/\n0 to fix, \d warnings\.\n$/),
      });

      const inFlight = fetch(`${server.url}/api/v1/oauth-grants/revoke`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${await signToken(privateKey, PARTY, ACCOUNT_ADMIN)}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({ account_id: ACCOUNT_ADMIN.account_id }),
      });
      const isRevoked = { revoked_at: { $ne: null } };
      await eventually(async () =>
        expect(await service.store.refreshTokens.countDocuments(isRevoked)).not.toBe(0),
      );
      const [answer, ending] = await Promise.all([inFlight, server.stop()]);
      expect(ending).toMatchObject({ code: 0, stderr: '' });
      // It was told to stop before it answered.
      expect(ending.stdout).toMatch(/stopping: finishing(.|\n)*"url":"\/api\/v1\/oauth-grants\/revoke"/);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ revoked_tokens: TOKENS });
      expect(await service.store.refreshTokens.countDocuments(isRevoked)).toBe(TOKENS);
    },
    5 * MINUTES,
  );
});
