import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import koffi from 'koffi';
import { ImageError } from './errors.ts';

/** A range of user and group ids of the machine that a task knows as 0 and up. */
export interface IdRange {
  readonly firstId: number;
  readonly count: number;
}

// Neither Node nor the mount program of today's stable distributions (before util-linux 2.39) can make one: the system calls themselves.
// Numbers of mount_setattr(2) and its kin are the same on every architecture.
const libc = koffi.load(null);
const openTree = libc.func('long syscall(long number, int dirfd, const char *path, unsigned int flags)') as Syscall;
const mountSetattr = libc.func(
  'long syscall(long number, int dirfd, const char *path, unsigned int flags, void *attr, size_t size)',
) as Syscall;
const moveMount = libc.func(
  'long syscall(long number, int from, const char *fromPath, int to, const char *toPath, unsigned int flags)',
) as Syscall;
type Syscall = (...args: readonly (number | string | Buffer)[]) => number;

const SYS_OPEN_TREE = 428;
const SYS_MOVE_MOUNT = 429;
const SYS_MOUNT_SETATTR = 442;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const O_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOUNT_ATTR_RDONLY = 0x1n;
const MOUNT_ATTR_NODEV = 0x4n;
const MOUNT_ATTR_IDMAP = 0x100000n;

/**
 * Shows a directory at another place, read-only, with the owners of its files moved into the range: what belongs to user 0 belongs to `firstId` there.
 * Nothing is copied or changed. Needs Linux 5.19 to lay an overlay over it.
 */
export async function mountIdmapped(source: string, target: string, range: IdRange): Promise<void> {
  await using namespace = await userNamespace(range);
  const tree = check('open_tree', openTree(SYS_OPEN_TREE, AT_FDCWD, source, OPEN_TREE_CLONE | O_CLOEXEC));
  try {
    check('mount_setattr', mountSetattr(SYS_MOUNT_SETATTR, tree, '', AT_EMPTY_PATH, mountAttr(namespace.fd), MOUNT_ATTR_BYTES));
    check('move_mount', moveMount(SYS_MOVE_MOUNT, tree, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
  } finally {
    closeSync(tree);
  }
}

const MOUNT_ATTR_BYTES = 32;

/** `struct mount_attr`: what to set, what to clear, propagation, the user namespace. */
function mountAttr(userNamespaceFd: number): Buffer {
  const attr = Buffer.alloc(MOUNT_ATTR_BYTES);
  attr.writeBigUInt64LE(MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0);
  attr.writeBigUInt64LE(BigInt(userNamespaceFd), 24);
  return attr;
}

/** The kernel is told the mapping by a user namespace that has it. A process makes it, and may go once it is open. */
async function userNamespace({ firstId, count }: IdRange): Promise<FileHandle> {
  const child = spawn('unshare', ['--user', '--', 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    child.stdin.write('made');
    // `cat` echoes when the namespace is there.
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => Promise.reject(new ImageError('unsupported', 'no user namespace can be made'))),
    ]);
    await writeFile(`/proc/${child.pid}/uid_map`, `0 ${firstId} ${count}`);
    await writeFile(`/proc/${child.pid}/gid_map`, `0 ${firstId} ${count}`);
    return await open(`/proc/${child.pid}/ns/user`, 'r');
  } finally {
    child.stdin.end();
    child.kill('SIGKILL');
  }
}

function check(call: string, result: number): number {
  if (result >= 0) return result;
  const errno = koffi.errno();
  const name = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? String(errno);
  throw new ImageError(
    errno === koffi.os.errno.EINVAL ? 'unsupported' : 'failed',
    `${call} answers ${name}: the file system of the images may not support idmapped mounts`,
  );
}
