import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GRANTKEEPER, OwnProcess, ROOT } from '../../scripts/processes/server-process.ts';
import { useProcesses } from '../../scripts/processes/use-processes.ts';
import { databaseFault } from '../src/database/connecting.ts';
import { startEmbeddedMongo } from '../src/database/embedded/start.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { startFakeMongo } from './fake-mongodb.ts';

/** What `docs/guides/starting.md` promises: for each fault, the sentence. */
const table = new Map(
  [
    ...(await readFile(join(ROOT, 'docs/guides/starting.md'), 'utf8')).matchAll(
      /^\| (.+?) +\| `(.+)` *\|$/gm,
    ),
  ].map(([, fault = '', sentence = '']) => [fault, sentence]),
);

const folder = await useProcesses();
// Others are to get as far as the folders in it.
await chmod(folder, 0o755);
const newFolder = () => mkdtemp(join(folder, 'data-'));

interface Start {
  env: NodeJS.ProcessEnv;
  args?: string[];
  /** The user to start it as. */
  as?: number;
  /** A checkout other than this one. */
  root?: string;
}

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
/** Whether another user than root can run what is here. */
const canBeNobody =
  isRoot &&
  spawnSync(process.execPath, ['-e', `require('node:fs').readFileSync('${ROOT}package.json')`], {
    uid: NOBODY,
    gid: NOBODY,
  }).status === 0;
const canMount = isRoot && (await tryMount());
const certificates = await makeCertificates(folder).catch((error) => {
  if (error.code !== 'ENOENT') throw error;
});

async function tryMount(): Promise<boolean> {
  const place = await newFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place], { stdio: 'ignore' });
    execFileSync('umount', [place], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An empty file system of its own. */
async function mounted(options: string): Promise<string> {
  const place = await newFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place]);
  onTestFinished(() => void execFileSync('umount', [place]));
  return place;
}

async function listening(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

async function withFile(name: string, text: string): Promise<string> {
  const place = await newFolder();
  const file = join(place, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return place;
}

/** A copy of the server, with packages of its own and all else as here. */
async function checkout(packages: string[]): Promise<string> {
  const root = await newFolder();
  await cp(join(ROOT, 'server/src'), join(root, 'server/src'), { recursive: true });
  await cp(join(ROOT, 'server/package.json'), join(root, 'server/package.json'));
  for (const name of ['package.json', 'openapi', 'docs', 'sdk'])
    await symlink(join(ROOT, name), join(root, name));
  await mkdir(join(root, 'node_modules'));
  for (const name of packages) {
    await mkdir(dirname(join(root, 'node_modules', name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
  }
  return root;
}

/** The names of all packages, with their scopes. */
const installed = (
  await Promise.all(
    (
      await readdir(join(ROOT, 'node_modules'))
    ).map(async (name) =>
      name.startsWith('@')
        ? (await readdir(join(ROOT, 'node_modules', name))).map((own) => `${name}/${own}`)
        : [name],
    ),
  )
).flat();

/** The server without what `npm install --omit=dev` leaves out of its packages. */
async function withoutDevelopmentDependencies(): Promise<string> {
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, 'server/package.json'), 'utf8'));
  const left = new Set(Object.keys(devDependencies));
  return checkout(installed.filter((name) => !left.has(name)));
}

/** As `npm run build` writes it, which takes nothing along that is not TypeScript. */
async function withoutEngine(): Promise<string> {
  const root = await checkout(installed);
  await rm(join(root, 'server/src/database/embedded/mongod'));
  return root;
}

const fake = async (answers: Parameters<typeof startFakeMongo>[0]) => ({
  env: { MONGODB_URI: `mongodb://ann:secret-word@${await startFakeMongo(answers)}/grants` },
});
const unauthenticated = async (answers: Parameters<typeof startFakeMongo>[0]) => ({
  env: { MONGODB_URI: `mongodb://${await startFakeMongo(answers)}/grants` },
});
/** A MongoDB that speaks TLS, and a URI with some options for it. */
const withTls = async (
  optionsOf: (files: Certificates) => { uri: object; certificate?: string },
  more: TlsOptions = {},
  answers: Parameters<typeof startFakeMongo>[0] = {},
) => {
  if (!certificates) throw new Error('there is no openssl');
  const { uri, certificate = certificates.server } = optionsOf(certificates);
  const pem = await readFile(certificate);
  const hosts = await startFakeMongo(answers, {
    key: pem,
    cert: pem,
    ca: await readFile(certificates.ca),
    ...more,
  });
  return { env: { MONGODB_URI: `mongodb://${hosts}/grants?${new URLSearchParams({ ...uri })}` } };
};
const hasOpenssl = certificates !== undefined;
const refusal = (code: number, codeName: string, errmsg: string) => ({ ok: 0, code, codeName, errmsg });
const data = (DATA_DIR: string): Start => ({ env: { DATA_DIR } });

/** How each fault of the table comes about; `when` says where it can. */
const faults: [fault: string, arrange: () => Promise<Start> | Start, when?: boolean][] = [
  ['the port is taken', async () => ({ env: { PORT: `${await listening()}` } })],
  [
    'the port is for root only',
    () => ({ env: { PORT: '80' }, as: NOBODY }),
    canBeNobody &&
      Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8').catch(() => 0)) > 80,
  ],
  ['`HOST` is an address of another machine', () => ({ env: { HOST: '192.0.2.1' } })],
  ['`HOST` is an unknown name, or has a port in it', () => ({ env: { HOST: 'nowhere.invalid' } })],
  ['`HOST` is an unknown name, or has a port in it', () => ({ env: { HOST: '127.0.0.1:3000' } })],
  [
    'the driver does not understand `MONGODB_URI`',
    () => ({ env: { MONGODB_URI: 'mongodb://a:secret-word@b:c@d/x' } }),
  ],
  [
    'the driver does not understand `MONGODB_URI`',
    () => ({ env: { MONGODB_URI: 'mongodb://a:secret-word@d/x?bogus=1' } }),
  ],
  [
    'the driver does not understand `MONGODB_URI`',
    () => ({ env: { MONGODB_URI: 'mongodb://a:secret-word@d:99999/x' } }),
  ],
  ['no MongoDB answers', () => ({ env: { MONGODB_URI: 'mongodb://ann:secret-word@127.0.0.1:9/grants' } })],
  [
    'no MongoDB answers',
    () => ({ env: { MONGODB_URI: 'mongodb://ann:secret-word@nowhere.invalid/grants' } }),
  ],
  ['no MongoDB answers', () => withTls(() => ({ uri: {} })), hasOpenssl],
  [
    'no MongoDB answers over TLS',
    async () => ({ env: { MONGODB_URI: `mongodb://${await startFakeMongo({})}/grants?tls=true` } }),
  ],
  [
    'no MongoDB answers over TLS',
    () =>
      withTls(({ ca }) => ({ uri: { tls: true, tlsCAFile: ca } }), {
        requestCert: true,
        rejectUnauthorized: false,
      }),
    hasOpenssl,
  ],
  ['the CA of MongoDB is unknown', () => withTls(() => ({ uri: { tls: true } })), hasOpenssl],
  [
    'the certificate of MongoDB is for another name',
    () => withTls(({ ca, other }) => ({ uri: { tls: true, tlsCAFile: ca }, certificate: other })),
    hasOpenssl,
  ],
  [
    'a proxy of MongoDB asks for a certificate',
    () => withTls(({ ca }) => ({ uri: { tls: true, tlsCAFile: ca } }), { requestCert: true }),
    hasOpenssl,
  ],
  [
    'a certificate without its key',
    () => withTls(({ ca }) => ({ uri: { tls: true, tlsCAFile: ca, tlsCertificateKeyFile: ca } })),
    hasOpenssl,
  ],
  [
    'a file in `MONGODB_URI` that is not there',
    () => ({
      env: { MONGODB_URI: 'mongodb://ann:secret-word@127.0.0.1:9/grants?tls=true&tlsCAFile=/nowhere/ca.pem' },
    }),
  ],
  [
    'a file in `MONGODB_URI` that is not there',
    () => ({ env: { MONGODB_URI: 'mongodb://ann:secret-word@127.0.0.1:9/grants?tls=true&tlsCAFile=/' } }),
  ],
  [
    'the user or the password is wrong',
    () => fake({ saslStart: refusal(18, 'AuthenticationFailed', 'Authentication failed.') }),
  ],
  [
    'the certificate is no user of MongoDB',
    () =>
      withTls(
        ({ ca, client }) => ({
          uri: { tls: true, tlsCAFile: ca, tlsCertificateKeyFile: client, authMechanism: 'MONGODB-X509' },
        }),
        { requestCert: true, rejectUnauthorized: false },
        { authenticate: refusal(18, 'AuthenticationFailed', 'Authentication failed.') },
      ),
    hasOpenssl,
  ],
  [
    'the user may not create indexes, or read or write',
    () =>
      unauthenticated({
        buildInfo: { ok: 1, version: '8.0.4' },
        createIndexes: refusal(13, 'Unauthorized', 'not authorized on grants to execute command'),
      }),
  ],
  ['the MongoDB is too old', () => unauthenticated({ buildInfo: { ok: 1, version: '7.0.14' } })],
  [
    '`--fresh` beside `MONGODB_URI`',
    () => ({ env: { MONGODB_URI: 'mongodb://127.0.0.1:9/grants' }, args: ['--fresh'] }),
  ],
  ['an unknown option', () => ({ env: {}, args: ['--frsh'] })],
  [
    'no `MONGODB_URI`, no development dependencies',
    async () => ({ env: {}, root: await withoutDevelopmentDependencies() }),
  ],
  [
    'traces are on, and their packages are not there',
    async () => ({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
      root: await withoutDevelopmentDependencies(),
    }),
  ],
  [
    'the embedded engine cannot run on this machine',
    async () => {
      const root = await withoutEngine();
      // Nor any other: none cached, on the PATH or downloaded.
      return { env: { MONGOMS_RUNTIME_DOWNLOAD: 'false', MONGOMS_DOWNLOAD_DIR: root, PATH: root }, root };
    },
  ],
  ['`MONGOMS_SYSTEM_BINARY` is not a mongod', () => ({ env: { MONGOMS_SYSTEM_BINARY: '/bin/true' } })],
  ['a checkout that can only be read', async () => data(await mounted('ro')), canMount],
  ['a checkout that can only be read', async () => data(join(await mounted('ro'), '.data')), canMount],
  [
    'the data of another user',
    async () => ({ ...data(await withFile('mongodb/x', '')), as: NOBODY }),
    canBeNobody,
  ],
  [
    'the data of another user',
    async () => {
      const place = await newFolder();
      await (
        await startEmbeddedMongo({ dataDir: join(place, 'mongodb'), log: pino({ level: 'silent' }) })
      ).stop();
      await chmod(place, 0o777);
      return { ...data(place), as: NOBODY };
    },
    canBeNobody,
  ],
  [
    'a folder that its owner may not write',
    async () => {
      const place = await newFolder();
      if (isRoot) await chown(place, NOBODY, NOBODY);
      await chmod(place, 0o500);
      return { ...data(place), ...(isRoot ? { as: NOBODY } : {}) };
    },
    canBeNobody || !isRoot,
  ],
  ['a file where the folder should be', async () => data(join(await withFile('.data', ''), '.data'))],
  ['a file where the folder should be', async () => data(join(await withFile('file', ''), 'file/.data'))],
  ['a file where the folder should be', async () => data(await withFile('mongodb', ''))],
  ['a small disk', async () => data(await mounted('size=300m')), canMount],
  [
    'another server has the data',
    async () => {
      const place = await newFolder();
      const other = await startEmbeddedMongo({
        dataDir: join(place, 'mongodb'),
        log: pino({ level: 'silent' }),
      });
      onTestFinished(() => other.stop());
      return data(place);
    },
  ],
  [
    'data that the engine cannot read',
    async () => {
      const place = await withFile('mongodb/embedded-9.0/WiredTiger.turtle', 'no database');
      await writeFile(join(place, 'mongodb/embedded-9.0/WiredTiger'), 'none either');
      return data(place);
    },
  ],
  ['a file that is not a signing key', async () => data(await withFile('own-issuer.jwk.json', ''))],
  ['a file that is not a signing key', async () => data(await withFile('own-issuer.jwk.json', 'null'))],
  [
    'a file that is not a signing key',
    async () => data(await withFile('own-issuer.jwk.json', '{"kty":"oct","k":"c2VjcmV0"}')),
  ],
  [
    'a file that is not a signing key',
    async () => {
      const x = 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4';
      const y = '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM';
      // Public: good to check tokens with, not to sign them.
      return data(await withFile('own-issuer.jwk.json', JSON.stringify({ kty: 'EC', crv: 'P-256', x, y })));
    },
  ],
];

describe('a start that fails says what is wrong and what to do', () => {
  for (const [fault, arrange, isPossible = true] of faults) {
    it.skipIf(!isPossible)(
      `${fault}`,
      async () => {
        const { env, args = [], as, root = ROOT } = await arrange();
        const command = GRANTKEEPER.map((part) => (part.startsWith('server/') ? join(root, part) : part));
        const [file = '', ...rest] = command;
        const unused = join(folder, randomUUID());
        const process = new OwnProcess(
          [file, ...rest, ...args],
          { PORT: '0', DATA_DIR: unused, LOG_LEVEL: 'error', ...env },
          as,
        );
        const { code, stdout, stderr } = await process.ended;
        expect(stderr).toMatch(sentence(fault));
        expect(stderr).not.toContain('secret-word');
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        if (/^(PORT|HOST)/.test(table.get(fault) ?? ''))
          await expect(readdir(unused)).rejects.toThrow('ENOENT');
      },
      60_000,
    );
  }

  it('the name of a `mongodb+srv` URI is unknown', () => {
    const cause = Object.assign(new Error('querySrv ENOTFOUND _mongodb._tcp.nowhere.invalid'), {
      syscall: 'querySrv',
    });
    const fault = databaseFault(cause, 'mongodb+srv://ann:secret-word@nowhere.invalid/grants');
    expect(told(fault)).toMatch(sentence('the name of a `mongodb+srv` URI is unknown'));
  });

  it.each([
    ['EAI_AGAIN', 'no MongoDB answers'],
    ['EAI_AGAIN', 'no MongoDB answers over TLS', 'mongodb+srv://m1/grants'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'no MongoDB answers'],
    ['CERT_HAS_EXPIRED', 'the certificate of MongoDB has expired'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the CA of MongoDB is unknown'],
  ])('%s: %s', (code, fault, uri = 'mongodb://m1/grants') => {
    const last = Object.assign(new Error('what OpenSSL or the resolver says'), { code });
    const servers = { error: new Error(last.message, { cause: last }) };
    const cause = Object.assign(new Error('the message of Mongoose'), {
      name: 'MongooseServerSelectionError',
      cause: servers,
    });
    expect(told(databaseFault(cause, uri))).toMatch(sentence(fault));
  });

  it('and the table has no sentence that is not tested', () => {
    const tested = new Set([
      ...faults.map(([fault]) => fault),
      'the name of a `mongodb+srv` URI is unknown',
      'the certificate of MongoDB has expired',
    ]);
    expect([...table.keys()].filter((fault) => !tested.has(fault))).toEqual([]);
    expect([...tested].filter((fault) => !table.has(fault))).toEqual([]);
  });
});

/** What a start prints of an error. */
function told(fault: unknown): string {
  return `grantkeeper: ${fault instanceof Error ? fault.message : ''}\n`;
}

/** The whole of what a start may say of a fault. */
function sentence(fault: string): RegExp {
  const parts = (table.get(fault) ?? 'not in the table')
    .split('…')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^grantkeeper: ${parts.join('[^\\n]*')}\n$`);
}
