import { counted } from '../counted.ts';
import type { Collections } from '../database/collections.ts';
import { type Checked, type Finding, mustFix } from './finding.ts';

type Keys = Record<string, unknown>;

/** Checks that every declared index is there, as it is declared, and not hidden. */
export async function checkIndexes(collections: Collections): Promise<Checked> {
  const models = Object.values(collections);
  const findings = await Promise.all(models.map(checkCollection));
  const count = models.reduce((sum, { schema }) => sum + schema.indexes().length, 0);
  return { summary: counted(count, 'index', 'indexes'), findings: findings.flat() };
}

async function checkCollection(model: Collections[keyof Collections]): Promise<Finding[]> {
  const { collectionName: name } = model.collection;
  const { toCreate } = await model.diffIndexes();
  const present = await model.listIndexes().catch(noCollection);
  const hidden = present.filter((index) => index.hidden === true);
  return [
    ...toCreate.map((keys: Keys) => {
      const other = present.find((index) => written(index.key) === written(keys));
      return other ? ofOtherOptions(name, other.name) : missing(name, keys);
    }),
    ...hidden.map((index) => ofHidden(name, index.name)),
  ];
}

/** A collection is created with its first row. */
function noCollection(error: unknown): { name: string; key: Keys; hidden?: boolean }[] {
  if (error instanceof Error && 'code' in error && error.code === 26) return [];
  throw error;
}

const WHY = 'Lists and revocations name the index that they use: without it they fail, or read every row.';

function missing(collection: string, keys: Keys): Finding {
  const remedy = 'Run grantkeeper indexes. On a large store it takes minutes; servers may keep running.';
  return mustFix('index-missing', `${collection} has no index ${written(keys)}`, WHY, remedy);
}

function ofOtherOptions(collection: string, index: string): Finding {
  return mustFix(
    'index-differs',
    `the index ${index} of ${collection} has other options than the server declares`,
    'What it leaves out is not found, and what should expire may stay. A start with AUTO_INDEX=true fails.',
    `Run db.${collection}.dropIndex('${index}'), then grantkeeper indexes.`,
  );
}

function ofHidden(collection: string, index: string): Finding {
  const remedy = `Run db.${collection}.unhideIndex('${index}').`;
  return mustFix('index-hidden', `the index ${index} of ${collection} is hidden`, WHY, remedy);
}

function written(keys: Keys): string {
  return `{ ${Object.entries(keys)
    .map(([field, direction]) => `${field}: ${direction}`)
    .join(', ')} }`;
}
