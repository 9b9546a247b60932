import type { JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from '../../../scripts/faults/tcp-proxy.ts';
import { createIndexes } from '../../src/database/collections.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { ADMISSION_LIMITS, type AdmissionLimits } from '../../src/http/admission.ts';
import { eventually } from '../eventually.ts';
import { scrape, valuesOf } from '../metrics/scraping.ts';
import { ownDatabase } from '../own-database.ts';
import { PAGE_GRANT } from '../rows.ts';
import { type Answer, Service } from '../service.ts';
import { Issuer, type IssuerKey, makeKey } from './issuer.ts';
import { type Promised, readFaults } from './table.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LIST = '/api/v1/oauth-grants';
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };

const table = await readFaults();
const [old, young] = await Promise.all([makeKey('old'), makeKey('young')]);
const uri = new URL(ownDatabase('faults'));
const database = { port: Number(uri.port), isThere: true };
const proxy = await TcpProxy.open(() => (database.isThere ? database.port : undefined));
uri.host = `127.0.0.1:${proxy.port}`;

let issuer: Issuer;
let service: Service;

beforeAll(async () => {
  const { collections, close } = await connectDatabase(uri.href);
  await createIndexes(collections);
  await close();
});
afterAll(() => proxy.close());

beforeEach(async () => {
  issuer = new Issuer();
  issuer.published = [old];
  service = await serve({});
  issuer.clock = () => service.now;
});
afterEach(async () => {
  database.isThere = true;
  await service.stop();
  await issuer.stop();
});

interface Sizes {
  patience?: number;
  admissionLimits?: AdmissionLimits;
}

async function serve(sizes: Sizes): Promise<Service> {
  const started = new Service({ metrics: true, jwksUri: await issuer.start(), ...sizes });
  started.now = new Date(Math.floor(Date.now() / SECOND) * SECOND);
  await started.start([], uri.href);
  return started;
}

/** Asks for a list with a token that the issuer signed with a key. */
async function list(key: IssuerKey = old, claims: JWTPayload = {}): Promise<Answer> {
  const token = await service.token({ ...admin, ...claims }, { kid: key.kid }, key.privateKey);
  return service.ask('GET', LIST, { headers: { Authorization: `Bearer ${token}` } });
}

function pass(milliseconds: number): void {
  service.now = new Date(service.now.getTime() + milliseconds);
}

/** The issuer's clock is off, and its tokens go by it: they begin at once, and last for five minutes. */
async function listByClock(ahead: number): Promise<Answer> {
  issuer.clock = () => new Date(service.now.getTime() + ahead);
  const iat = issuer.clock().getTime() / SECOND;
  return list(old, { iat, nbf: iat, exp: iat + 300 });
}

/** The service's clock runs, and is off. */
async function listWhileAhead(ahead: number): Promise<Answer> {
  Object.defineProperty(service, 'now', { get: () => new Date(Date.now() + ahead) });
  return list();
}

/** Serves with other limits, in place of the service that there is. */
async function serveInstead(sizes: Sizes): Promise<void> {
  await service.stop();
  await issuer.stop();
  service = await serve(sizes);
}

/** Asks while the database accepts connections, and does not answer. */
async function whileHeld(ask: () => Promise<Answer>): Promise<Answer> {
  let goOn: () => void = () => undefined;
  proxy.hold('down', new Promise<void>((resolve) => (goOn = resolve)));
  return ask().finally(goOn);
}

function loseDatabase(): void {
  database.isThere = false;
  proxy.cut();
}

const metricOf = async ({ metric, labels }: Promised) =>
  valuesOf(await scrape(service.metricsUrl), metric, labels)[0];

/** Brings each fault about, and asks for a list in it. */
const faults: Record<string, () => Promise<Answer>> = {
  'the issuer publishes another key beside the old one': async () => {
    await list();
    issuer.published = [old, young];
    pass(31 * SECOND);
    const answer = await list(young);
    expect((await list(old)).status).toBe(200);
    return answer;
  },
  'the issuer has withdrawn a key': async () => {
    await list();
    issuer.published = [young];
    pass(10 * MINUTE);
    return list();
  },
  'the issuer is away, and the key is known': async () => {
    await list();
    issuer.isAway = true;
    pass(10 * MINUTE);
    return list();
  },
  'the issuer is away, and the key is not known': async () => {
    await list();
    issuer.isAway = true;
    pass(31 * SECOND);
    return list(young);
  },
  'the issuer takes 3 seconds to send its keys': () => {
    issuer.delay = () => pass(3 * SECOND);
    return list();
  },
  "this clock is 60 seconds behind the issuer's": () => listByClock(MINUTE),
  "this clock is 10 minutes behind the issuer's": () => listByClock(10 * MINUTE),
  "this clock is 10 minutes ahead of the issuer's": () => listByClock(-10 * MINUTE),
  "this clock is 60 seconds ahead of the database's": () => listWhileAhead(MINUTE),
  "this clock is 10 minutes behind the database's": () => listWhileAhead(-10 * MINUTE),
  'the database is away': () => {
    loseDatabase();
    return list();
  },
  'the database accepts connections, and does not answer': async () => {
    await serveInstead({ patience: 200 });
    return whileHeld(list);
  },
  'the database takes 1.5 seconds to answer': async () => {
    await eventually(async () => {
      proxy.trap('down', 0, async () => pass(1.5 * SECOND));
      const samples = await scrape(service.metricsUrl);
      expect(valuesOf(samples, 'grantkeeper_database_answer_seconds')).toEqual([1.5]);
      slowest = samples;
    });
    return list();
  },
  'there is more to do than a server takes on': async () => {
    const burst = { read: 1, write: 1 };
    await serveInstead({ admissionLimits: { ...ADMISSION_LIMITS, inFlight: 1, burst } });
    const both: Promise<Answer>[] = [];
    const refused = await whileHeld(() => {
      both.push(list(), list());
      return Promise.race(both);
    });
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 503]);
    return refused;
  },
  'a request takes longer than its time': async () => {
    await serveInstead({ admissionLimits: { ...ADMISSION_LIMITS, inFlight: 8, readMs: 200 } });
    return whileHeld(list);
  },
  'the database is back': async () => {
    loseDatabase();
    await eventually(async () => {
      expect(valuesOf(await scrape(service.metricsUrl), 'grantkeeper_database_up')).toEqual([0]);
    });
    database.isThere = true;
    await eventually(async () => expect((await list()).status).toBe(200));
    return list();
  },
};

/** What a scrape found while the database was slow: the next one finds it in time. */
let slowest: Awaited<ReturnType<typeof scrape>> | undefined;

describe('each fault is answered, counted and logged as the production guide says', () => {
  it.each(Object.entries(faults))(
    '%s',
    async (fault, bringAbout) => {
      const promised = table.get(fault);
      if (!promised) throw new Error(`docs/guides/production.md says nothing of it`);
      const { status, problem, metric, value, log } = promised;
      slowest = undefined;
      const { status: answered, body } = await bringAbout();
      expect([answered, body.type]).toEqual([status, problem && `urn:grantkeeper:problem:${problem}`]);
      // A clock is compared over the time that an answer takes.
      const tolerated = metric.includes('clock') ? 5 : 0;
      await eventually(async () => {
        const found = slowest ? valuesOf(slowest, metric)[0] : await metricOf(promised);
        expect(Math.abs((found ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerated);
      });
      await eventually(async () => {
        const lines = service.logged.map((line) => JSON.parse(line));
        expect(lines.flatMap(({ msg, problem: one }) => [msg, one?.detail])).toContain(log);
      });
    },
    120_000,
  );

  it('and the guide has no other', () => {
    expect([...table.keys()].sort()).toEqual(Object.keys(faults).sort());
  });
});

describe('while the database is away', () => {
  it('a scrape is answered all the same, with nothing of what only the database knows', async () => {
    loseDatabase();
    await eventually(async () => {
      const names = new Set((await scrape(service.metricsUrl)).map(({ name }) => name));
      expect(names).toContain('grantkeeper_database_up');
      for (const name of ['pending_rows', 'revocation_batches', 'suspensions', 'backlog_rows'])
        expect(names).not.toContain(`grantkeeper_${name}`);
    });
  });
});
