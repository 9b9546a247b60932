import type { mongo } from 'mongoose';
import { counted } from '../counted.ts';
import type { Collections } from '../database/collections.ts';
import { type Checked, type Finding, mustFix, reasonOf, warning } from './finding.ts';

/** How long to wait for a majority to journal a write, in milliseconds. */
const MAJORITY_LIMIT = 5_000;
const NOT_ALLOWED = 13;

/** What MongoDB says of itself (its command `hello`). */
interface Hello {
  setName?: string;
  hosts?: string[];
  /** Members that hold data, but never become primary. */
  passives?: string[];
  arbiters?: string[];
  msg?: string;
}

/**
 * Checks which MongoDB it is, how many machines a write survives, and that a write is acknowledged by a majority. Writes
 * nothing.
 */
export async function checkMongodb({ modelState: { db } }: Collections): Promise<Checked> {
  const client = db.getClient();
  const admin = client.db('admin');
  const { version } = await admin.command({ buildInfo: 1 });
  const hello = (await admin.command({ hello: 1 })) as Hello;
  const findings = [...ofRelease(version), ...(await ofDefaultConcern(admin, hello))];
  if (hello.msg === 'isdbgrid') findings.push(...(await ofCluster(admin)));
  else findings.push(...ofMembers(hello));
  findings.push(...(await ofMajority(client.db(db.name))));
  return { summary: `MongoDB ${version}, ${kindOf(hello)}`, findings };
}

function kindOf({ msg, setName, hosts = [], passives = [], arbiters = [] }: Hello): string {
  if (msg === 'isdbgrid') return 'a sharded cluster';
  if (setName === undefined) return 'standalone';
  return `the replica set ${setName} of ${counted(hosts.length + passives.length + arbiters.length, 'member')}`;
}

function ofRelease(version: string): Finding[] {
  if (!version.includes('-')) return [];
  return [
    warning(
      'prerelease',
      `MongoDB ${version} is not a release`,
      'Its files may not be readable by the release that follows.',
      'Run a release of MongoDB 8.0 or newer.',
    ),
  ];
}

function ofMembers({ setName, hosts = [], passives = [], arbiters = [] }: Hello): Finding[] {
  if (setName === undefined) {
    return [
      warning(
        'standalone',
        'MongoDB runs standalone, not as a replica set',
        'A write is on one machine only. If that machine is lost, so are revocations that were answered.',
        'Run a replica set of three members: see docs/guides/scaling-out.md.',
      ),
    ];
  }
  const withData = hosts.length + passives.length;
  if (withData >= 3 && arbiters.length === 0) return [];
  const has = [
    counted(withData, 'member'),
    ...(arbiters.length > 0 ? [counted(arbiters.length, 'arbiter')] : []),
  ];
  return [
    warning(
      'small-replica-set',
      `the replica set ${setName} has ${has.join(' with data and ')}`,
      'Without one of them, no majority can journal a write, and revocations wait or fail.',
      'Run three members that hold data, and no arbiter.',
    ),
  ];
}

/** The default is for programs that ask for nothing: often the authorization server. */
async function ofDefaultConcern(admin: mongo.Db, { setName, msg }: Hello): Promise<Finding[]> {
  if (setName === undefined && msg !== 'isdbgrid') return [];
  const answer = await unlessForbidden(admin.command({ getDefaultRWConcern: 1 }));
  const w: unknown = answer?.defaultWriteConcern?.w;
  if (w === undefined || w === 'majority') return [];
  return [
    warning(
      'weak-default-write-concern',
      `the default write concern of MongoDB is w: ${w}`,
      'A row that the authorization server writes with it can be lost in a failover, after its token was issued.',
      "Run db.adminCommand({ setDefaultRWConcern: 1, defaultWriteConcern: { w: 'majority' } }), or let the authorization server write with w: 'majority'.",
    ),
  ];
}

async function ofCluster(admin: mongo.Db): Promise<Finding[]> {
  const name = 'pauseMigrationsDuringMultiUpdates';
  const answer = await unlessForbidden(admin.command({ getClusterParameter: name }));
  if (answer?.clusterParameters?.[0]?.enabled === true) return [];
  const why = 'A revocation can miss a row that the balancer is moving, and report a live token as revoked.';
  const remedy = `Run db.adminCommand({ setClusterParameter: { ${name}: { enabled: true } } })`;
  if (answer) return [mustFix('migrations-not-paused', `${name} is off`, why, `${remedy}.`)];
  return [
    warning(
      'migrations-unknown',
      `this user may not read whether ${name} is on`,
      why,
      `${remedy} as a cluster administrator, if it is off.`,
    ),
  ];
}

/** Has a majority acknowledge an update that changes nothing: it waits for all writes before it. */
async function ofMajority(database: mongo.Db): Promise<Finding[]> {
  const writeConcern = { w: 'majority', journal: true, wtimeoutMS: MAJORITY_LIMIT } as const;
  const nothing = { _id: { $exists: false } };
  try {
    const { acknowledged } = await database
      .collection('grant_model_state')
      .updateOne(nothing, { $set: { checked: true } }, { writeConcern });
    if (acknowledged) return [];
  } catch (error) {
    return [
      mustFix(
        'no-majority',
        `a write was not journaled by a majority (${reasonOf(error)})`,
        'The server answers a revocation only once a majority has journaled it, so revocations fail.',
        'Bring members of the replica set back, or give the user the role readWrite on the database: the message says which.',
      ),
    ];
  }
  throw new Error('the write was not acknowledged');
}

/** The answer of a command that only administrators may send; undefined if this user may not. */
async function unlessForbidden(answer: Promise<mongo.Document>): Promise<mongo.Document | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NOT_ALLOWED) return undefined;
    throw error;
  }
}
