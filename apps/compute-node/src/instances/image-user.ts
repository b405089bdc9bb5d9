import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '@pilvi/instance-images';
import type { StoredImage } from '@pilvi/instance-images';

/** The user that an image runs as: `user`, `uid`, `user:group` or `uid:gid`, names as its own files have them (OCI image-spec, config.md). */
export async function imageUser({ rootfs, config }: StoredImage): Promise<{ uid: number; gid: number }> {
  const [user = '', group = ''] = config.user.split(':');
  if (user === '') return { uid: 0, gid: 0 };
  const entry = await entryOf(join(rootfs, 'etc/passwd'), user);
  const uid = isNumber(user) ? Number(user) : Number(entry?.[2]);
  if (!Number.isInteger(uid)) throw new ImageError('bad-image', `the image runs as ${user}, whom its /etc/passwd does not know`);
  if (group === '') return { uid, gid: Number(entry?.[3] ?? 0) };
  const gid = isNumber(group) ? Number(group) : Number((await entryOf(join(rootfs, 'etc/group'), group))?.[2]);
  if (!Number.isInteger(gid)) throw new ImageError('bad-image', `the image runs as group ${group}, which its /etc/group does not know`);
  return { uid, gid };
}

/** The line of a name, or of a number in the third field. */
async function entryOf(file: string, name: string): Promise<readonly string[] | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name || (isNumber(name) && fields[2] === name));
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
