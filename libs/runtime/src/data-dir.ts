import { chmod, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RuntimeError } from './errors.ts';
import { isAlive, ownIdentity } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

const OWNER_FILE = 'pilvi.json';
const LOCK_FILE = 'lock';
/** Entries that may be there before the owner file: a fresh ext4 file system is not quite empty, and a lost start may have left the lock. */
const IGNORED_ENTRIES = new Set(['lost+found', LOCK_FILE]);

/** A data directory held by this process. Disposal gives it back. */
export interface DataDir extends AsyncDisposable {
  readonly path: string;
  /** Its owner file was made just now: nothing has been stored yet. */
  readonly fresh: boolean;
}

interface Expected {
  /** What keeps its data here, for example `storage-node`. */
  readonly kind: string;
  /** Raised when the layout of the directory changes; another one is refused, not misread. */
  readonly formatVersion: number;
}

/**
 * Makes (mode 0700) or opens a data directory and holds it until disposal or the end of the process. Throws RuntimeError
 * `format-version`, `wrong-kind`, `wrong-owner`, `locked`, `bad-directory` or `damaged`.
 */
export async function openDataDir(path: string, expected: Expected): Promise<DataDir> {
  await ensureOwnDirectory(path);
  // The lock before the owner file: two first starts must not both find an empty directory.
  const release = await lock(path);
  try {
    const fresh = await checkOwnerFile(path, expected);
    return { path, fresh, [Symbol.asyncDispose]: release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function ensureOwnDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const found = await stat(path);
    const uid = process.getuid?.();
    if (uid !== undefined && found.uid !== uid) {
      throw new RuntimeError(
        'wrong-owner',
        `${path} belongs to user id ${found.uid}, but this process runs as user id ${uid}: run as that user, or choose another directory`,
        {
          details: { path, ownerUid: found.uid, uid },
        },
      );
    }
    if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError('bad-directory', `${path} cannot be used as a data directory: ${(error as Error).message}`, {
      details: { path },
      cause: error,
    });
  }
}

async function checkOwnerFile(path: string, expected: Expected): Promise<boolean> {
  const file = join(path, OWNER_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RuntimeError('bad-directory', `${file} cannot be read: ${(error as Error).message}`, { details: { path }, cause: error });
  });
  if (text === undefined) {
    const foreign = (await readdir(path)).filter((name) => !IGNORED_ENTRIES.has(name));
    if (foreign.length > 0) {
      throw new RuntimeError(
        'bad-directory',
        `${path} is not empty and is not a Pilvi data directory (it holds ${foreign.slice(0, 3).join(', ')}): choose an empty one`,
        { details: { path } },
      );
    }
    await writeFileAtomic(file, `${JSON.stringify({ formatVersion: expected.formatVersion, kind: expected.kind })}\n`);
    return true;
  }
  const { formatVersion, kind } = parseOwner(file, text);
  if (kind !== expected.kind) {
    throw new RuntimeError('wrong-kind', `${path} holds the data of a ${kind}, not of a ${expected.kind}`, {
      details: { path, found: kind, expected: expected.kind },
    });
  }
  if (formatVersion !== expected.formatVersion) {
    const which = formatVersion > expected.formatVersion ? 'a newer' : 'an older';
    throw new RuntimeError(
      'format-version',
      `${path} was written by ${which} version of Pilvi (format ${formatVersion}; this one reads format ${expected.formatVersion})`,
      {
        details: { path, found: formatVersion, expected: expected.formatVersion },
      },
    );
  }
  return false;
}

function parseOwner(file: string, text: string): { formatVersion: number; kind: string } {
  try {
    const { formatVersion, kind } = JSON.parse(text) as Record<string, unknown>;
    if (typeof formatVersion === 'number' && typeof kind === 'string') return { formatVersion, kind };
  } catch {
    // falls through to the error below
  }
  throw new RuntimeError('damaged', `${file} is damaged: it names neither format nor kind of the data beside it`, { details: { file } });
}

/** Holds the directory by a file naming this process; one left by a dead process is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  const file = join(path, LOCK_FILE);
  const content = JSON.stringify(ownIdentity());
  for (let attempt = 0; ; attempt++) {
    try {
      await using handle = await open(file, 'wx', 0o600);
      await handle.writeFile(content);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new RuntimeError('bad-directory', `${path} cannot be written: ${(error as Error).message}`, {
          details: { path },
          cause: error,
        });
      }
    }
    const holder = await readHolder(file);
    if (attempt > 2 || (holder !== undefined && isAlive(holder))) {
      throw new RuntimeError('locked', `${path} is in use by process ${holder?.pid ?? 'unknown'}: stop it first`, {
        details: { path, pid: holder?.pid ?? 0 },
      });
    }
    await rm(file, { force: true });
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === content) await rm(file, { force: true });
  };
}

async function readHolder(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
