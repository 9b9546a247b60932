/*
 * Shards the store over a cluster, as docs/guides/scaling-out.md says:
 *
 *   mongosh "mongodb://MONGOS:27017/DATABASE" server/src/database/sharding.mongosh.js
 *
 * Creates the index that each shard key needs, then shards the three big collections. Safe to run again: what is there
 * stays. It moves no data itself; the cluster's balancer does so afterwards. It needs the role clusterAdmin, and
 * dbAdmin on the database.
 */

const ROW_KEY = { account_id: 1, user_id: 1 };
const GRANT_KEY = { '_id.account_id': 1, '_id.user_id': 1 };

/** What is sharded, by what, and the index that begins with that; the servers have declared all but that of consents. */
const SHARDED = [
  {
    name: 'refresh_tokens',
    key: ROW_KEY,
    index: { account_id: 1, user_id: 1, client_id: 1, project_id: 1, resource: 1 },
  },
  { name: 'consents', key: ROW_KEY, index: ROW_KEY },
  { name: 'grants', key: GRANT_KEY, index: GRANT_KEY },
];

const OLDEST_VERSION = 8;
const NOT_OURS = ['admin', 'config', 'local', 'test'];
const MULTI_UPDATES = 'pauseMigrationsDuringMultiUpdates';

function shardStore() {
  checkPlace();
  const name = db.getName();
  db.adminCommand({ enableSharding: name });
  print(`${name}: may be sharded`);
  for (const collection of SHARDED) {
    createIndex(collection);
    shard(collection);
  }
  checkMultiUpdates();
}

/** Stops where nothing may be changed: no mongos, too old a version, no database named. */
function checkPlace() {
  if (db.hello().msg !== 'isdbgrid') throw new Error('this is no mongos: connect to one of the cluster');
  const version = db.version();
  if (Number(version.split('.')[0]) < OLDEST_VERSION)
    throw new Error(`this is MongoDB ${version}; ${OLDEST_VERSION}.0 or newer is needed`);
  if (NOT_OURS.includes(db.getName()))
    throw new Error(`the URI names no database of its own, but "${db.getName()}": name that of MONGODB_URI`);
}

function createIndex({ name, index }) {
  const collection = db.getCollection(name);
  const indexes = db.getCollectionNames().includes(name) ? collection.getIndexes() : [];
  const isThere = indexes.some(({ key }) => text(key) === text(index));
  if (!isThere) collection.createIndex(index);
  print(`${name}: index ${text(index)} ${isThere ? 'was there' : 'created'}`);
}

function shard({ name, key }) {
  const namespace = `${db.getName()}.${name}`;
  const known = db.getSiblingDB('config').getCollection('collections').findOne({ _id: namespace });
  // Since MongoDB 8 the cluster also knows of collections that are on one shard and stay there.
  const isSharded = known !== null && known.unsplittable !== true;
  if (isSharded && text(known.key) !== text(key))
    throw new Error(`${namespace} is sharded by another key, ${text(known.key)}: see sh.reshardCollection`);
  if (!isSharded) db.adminCommand({ shardCollection: namespace, key });
  print(`${name}: ${isSharded ? 'was sharded' : 'sharded'} by ${text(key)}`);
}

/** Off, an update of many rows may miss one that moves to another shard meanwhile. It is of the cluster, so only said. */
function checkMultiUpdates() {
  const { clusterParameters } = db.adminCommand({ getClusterParameter: MULTI_UPDATES });
  if (clusterParameters[0].enabled) return print(`${MULTI_UPDATES}: is on`);
  print(`${MULTI_UPDATES}: is OFF. A revocation may miss a row that is being moved. Turn it on with:`);
  print(`  db.adminCommand({ setClusterParameter: { ${MULTI_UPDATES}: { enabled: true } } })`);
}

/** A key as a person writes it. */
function text(key) {
  const fields = Object.entries(key).map(([field, direction]) => `${field}: ${Number(direction)}`);
  return `{ ${fields.join(', ')} }`;
}

shardStore();
