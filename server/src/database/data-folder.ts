import { access, constants, mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The free space that MongoDB requires to build an index (its `indexBuildMinAvailableDiskSpaceMB`), in bytes. */
const ROOM_WANTED = 500 * 2 ** 20;

const ELSEWHERE = 'Set DATA_DIR to a folder that this user can write.';

/**
 * Creates the folder that a database keeps its data in, and checks that this user may read and write everything in it:
 * the database's own errors about that are hard to understand.
 *
 * @throws one error that names DATA_DIR and says what to do
 */
export async function useDatabaseFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await checkWritable(folder);
  } catch (error) {
    throw await folderFault(error, folder);
  }
}

/** Creates a folder and its parents. Node's recursive mkdir reports ENOENT on a read-only file system. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isThere) return;
    const above = dirname(folder);
    if (!isFileError(error) || error.code !== 'ENOENT' || above === folder) throw error;
    await makeFolder(above);
    await mkdir(folder);
  }
}

async function checkWritable(folder: string): Promise<void> {
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await checkWritable(path);
    else if (entry.isFile()) await access(path, constants.R_OK | constants.W_OK).catch(unlessGone);
  }
}

/** A database that is still stopping deletes files of its own. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/**
 * The error to show for a file system error about DATA_DIR; any other cause is returned as it is.
 *
 * @param folder what the error is about, if it names no path
 */
export async function folderFault(cause: unknown, folder: string): Promise<unknown> {
  if (!isFileError(cause)) return cause;
  const { code, path = folder } = cause;
  const say = (text: string) => new Error(`DATA_DIR: ${text}`, { cause });
  switch (code) {
    case 'EROFS':
      return say(`${folder} is on a file system that can only be read. ${ELSEWHERE}`);
    case 'EACCES':
    case 'EPERM':
      return say(`${await ownership(path, folder)} ${ELSEWHERE}`);
    case 'ENOTDIR':
    case 'EEXIST':
      return say(`${folder} is no folder: a file is there, or above it. ${ELSEWHERE}`);
    case 'ENOSPC':
    case 'EDQUOT':
      return say(
        `there is no room left for ${path}. Make some, or set DATA_DIR to a folder on another disk.`,
      );
    default:
      return say(`${path} cannot be used (${code}). ${ELSEWHERE}`);
  }
}

/** Who owns the first of these paths that exists but is not ours, and who we are. */
async function ownership(...paths: string[]): Promise<string> {
  const who = process.getuid?.();
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found || who === undefined || found.uid === who) continue;
    return `${path} belongs to another user (uid ${found.uid}; this one is uid ${who}) and cannot be written.`;
  }
  return `this user may not read and write ${paths.at(-1)}.`;
}

/**
 * The error for a disk too small for the embedded MongoDB; undefined if there is room.
 *
 * @param folder an existing one
 */
export async function roomFault(folder: string, cause?: unknown): Promise<Error | undefined> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= ROOM_WANTED) return undefined;
  const megabytes = Math.floor(free / 2 ** 20);
  return new Error(
    `DATA_DIR: the disk of ${folder} has ${megabytes} MB free, and the embedded MongoDB needs 500 MB. ` +
      'Make room, set DATA_DIR to a folder on another disk, or set MONGODB_URI.',
    { cause },
  );
}

/** MongoDB's error for too little room for an index or a row. */
const OUT_OF_ROOM = new Set<unknown>([14_031]);

/**
 * The error to show for one that the embedded MongoDB returned, or that ended it; any other cause is returned as it is.
 */
export async function embeddedFault(cause: unknown, dataDir: string): Promise<unknown> {
  if (!(cause instanceof Error)) return cause;
  const isOfDatabase = cause.name.startsWith('Mongo') || ('code' in cause && OUT_OF_ROOM.has(cause.code));
  return (isOfDatabase ? await roomFault(dataDir, cause) : undefined) ?? cause;
}

function isFileError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
