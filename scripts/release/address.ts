import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../processes/server-process.ts';
import { addressOf, publishedPackages, readManifest } from './packages.ts';

/*
 * Before publishing: puts `repository` and `homepage` of the root's package.json into those of the packages, each with
 * its own folder. They are said only there. If it does not say them, neither do the packages.
 */

const { repository, homepage } = await readManifest('.');
const url = addressOf(repository);
for (const [folder, manifest] of await publishedPackages()) {
  const address = {
    ...(url === undefined ? {} : { repository: { type: 'git', url, directory: folder } }),
    ...(homepage === undefined ? {} : { homepage }),
  };
  const text = JSON.stringify({ ...manifest, ...address }, undefined, 2);
  await writeFile(join(ROOT, folder, 'package.json'), `${text}\n`);
}
console.log(
  url === undefined
    ? 'package.json names no `repository`, so the packages name none. Provenance needs one.'
    : `The packages come from ${url}.`,
);
