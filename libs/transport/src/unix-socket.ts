import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { TransportError } from './errors.ts';

/**
 * Makes a path ready for a server's socket: its directory is made (0700) or found closed to others, and a socket left by a
 * dead process is removed. Throws TransportError `insecure` or `address-in-use`.
 */
export async function prepareSocketPath(path: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const uid = process.getuid?.();
  if ((found.mode & 0o077) !== 0 || (uid !== undefined && found.uid !== uid)) {
    throw new TransportError(
      'insecure',
      `others may enter ${directory}, so no socket is put there: chmod 700 it, or choose another directory`,
      { details: { address: path } },
    );
  }
  const present = await lstat(path).catch(() => undefined);
  if (present === undefined) return;
  if (!present.isSocket() || (await answers(path))) {
    throw new TransportError('address-in-use', `${path} is ${present.isSocket() ? 'served by another process' : 'not a socket'}`, {
      details: { address: path },
    });
  }
  await unlink(path);
}

/** The socket itself is its owner's alone as well. */
export function closeToOthers(path: string): Promise<void> {
  return chmod(path, 0o600);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
