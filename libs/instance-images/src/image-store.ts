import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { syncDirectory, writeFileAtomic } from '@pilvi/runtime';
import { ImageError } from './errors.ts';
import type { ImageConfig } from './image-config.ts';
import { runProgram } from './run-program.ts';
import { digestOf, unpackArchive } from './unpack-archive.ts';

/** An image that is unpacked: instances' roots are laid over its files, which nobody changes. */
export interface StoredImage {
  /** Digest of the bytes that it came as. */
  readonly digest: string;
  readonly rootfs: string;
  readonly config: ImageConfig;
}

/** Unpacked images on disk, by the digest of what they came as: the same bytes are unpacked once, whoever brings them. */
export interface ImageStore {
  /** Unpacks an archive that lies in a file; the file stays. */
  importArchive(file: string, signal: AbortSignal): Promise<StoredImage>;
  /** ImageError `absent` when there is none. */
  get(digest: string): Promise<StoredImage>;
  list(): Promise<readonly string[]>;
  remove(digest: string): Promise<void>;
}

const IMAGE_FILE = 'image.json';
const UNFINISHED = 'unfinished-';
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Opens the store, and removes what an import that was broken off has left. */
export async function openImageStore(directory: string): Promise<ImageStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) if (name.startsWith(UNFINISHED)) await rm(join(directory, name), { recursive: true });
  /** Imports under way: a second one of the same bytes waits for the first. */
  const underWay = new Map<string, Promise<StoredImage>>();

  const placeOf = (digest: string): string => {
    if (!DIGEST.test(digest)) throw new ImageError('absent', `"${digest}" is no digest of an image`);
    return join(directory, digest.replace(':', '-'));
  };

  async function get(digest: string): Promise<StoredImage> {
    const place = placeOf(digest);
    const text = await readFile(join(place, IMAGE_FILE), 'utf8').catch((error: unknown) => {
      throw new ImageError('absent', `there is no image ${digest}`, error);
    });
    return { digest, rootfs: join(place, 'rootfs'), config: JSON.parse(text) as ImageConfig };
  }

  async function unpack(file: string, digest: string, signal: AbortSignal): Promise<StoredImage> {
    const scratch = join(directory, `${UNFINISHED}${randomBytes(6).toString('hex')}`);
    await mkdir(scratch, { mode: 0o700 });
    try {
      const config = await unpackArchive(file, scratch, signal);
      await writeFileAtomic(join(scratch, IMAGE_FILE), JSON.stringify(config));
      // All files before the name: after a power cut an image is whole or not there.
      await runProgram('sync', ['--file-system', scratch], { signal });
      await rename(scratch, placeOf(digest));
      await syncDirectory(directory);
    } catch (error) {
      await rm(scratch, { recursive: true, force: true });
      throw error;
    }
    return get(digest);
  }

  return {
    async importArchive(file, signal) {
      const digest = await digestOf(file, signal);
      const known = await get(digest).catch(() => undefined);
      if (known !== undefined) return known;
      const importing = underWay.get(digest) ?? unpack(file, digest, signal).finally(() => underWay.delete(digest));
      underWay.set(digest, importing);
      return importing;
    },
    get,
    async list() {
      return (await readdir(directory)).filter((name) => name.startsWith('sha256-')).map((name) => name.replace('-', ':'));
    },
    remove: (digest) => rm(placeOf(digest), { recursive: true, force: true }),
  };
}
