import { ImageError } from './errors.ts';
import { runProgram } from './run-program.ts';

/** OCI image archive, `docker save`, or the tarball of a root directory. */
export type ArchiveKind = 'oci-archive' | 'docker-archive' | 'root-tarball';

/** What an archive, plain or compressed, holds by the names at its top. Rejects with ImageError `bad-image` when it is none of the three. */
export async function archiveKind(file: string, signal: AbortSignal): Promise<ArchiveKind> {
  const listing = await runProgram('tar', ['-t', '-f', file], { signal }).catch(asBadImage);
  const names = new Set(listing.split('\n').map((name) => name.replace(/^(\.?\/)+/, '').split('/')[0] ?? ''));
  if (names.has('oci-layout')) return 'oci-archive';
  if (names.has('manifest.json')) return 'docker-archive';
  if (['bin', 'usr', 'sbin', 'etc'].some((name) => names.has(name))) return 'root-tarball';
  throw new ImageError('bad-image', 'neither an OCI archive nor a Docker archive nor the tarball of a root directory');
}

/** What a program says against the bytes it was given is the image's fault; a full disk or an absent program is not. */
export function asBadImage(error: unknown): never {
  if (error instanceof ImageError && error.code === 'failed') throw new ImageError('bad-image', error.message, error);
  throw error;
}
