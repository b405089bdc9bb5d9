import { statfs } from 'node:fs/promises';

/** Bytes of the file system that holds `path`: what this user may still write, and all there is. */
export async function freeSpace(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
