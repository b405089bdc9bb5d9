import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { archiveKind, asBadImage } from './archive-kind.ts';
import { PLAIN_ROOT, readImageConfig } from './image-config.ts';
import type { ImageConfig } from './image-config.ts';
import { runProgram } from './run-program.ts';

/** `sha256:` and the digest of a file's bytes. */
export async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return `sha256:${hash.digest('hex')}`;
}

/**
 * Unpacks an OCI archive, a Docker archive (`docker save`) or a root tarball, plain or compressed, into `<into>/rootfs`, and tells its configuration.
 * ImageError `bad-image` for anything else. `into` is left with scratch files when it fails.
 */
export async function unpackArchive(file: string, into: string, signal: AbortSignal): Promise<ImageConfig> {
  const kind = await archiveKind(file, signal);
  if (kind !== 'root-tarball') return unpackLayers(`${kind}:${file}`, into, signal);
  const rootfs = join(into, 'rootfs');
  await mkdir(rootfs, { mode: 0o755 });
  await runProgram('tar', ['-x', '-p', '--numeric-owner', '--xattrs', '--xattrs-include=*', '-C', rootfs, '-f', file], { signal }).catch(
    asBadImage,
  );
  return PLAIN_ROOT;
}

async function unpackLayers(source: string, into: string, signal: AbortSignal): Promise<ImageConfig> {
  const layout = join(into, 'layout');
  // Else its scratch files would lie in /var/tmp, which may be small or read-only.
  const env = { TMPDIR: into };
  await runProgram('skopeo', ['copy', '--quiet', '--insecure-policy', source, `oci:${layout}:image`], { signal, env }).catch(asBadImage);
  const config = readImageConfig(
    await runProgram('skopeo', ['inspect', '--config', '--raw', `oci:${layout}:image`], { signal }).catch(asBadImage),
  );
  await runProgram('umoci', ['raw', 'unpack', '--image', `${layout}:image`, join(into, 'rootfs')], { signal }).catch(asBadImage);
  await rm(layout, { recursive: true });
  return config;
}
