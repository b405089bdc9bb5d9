import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ImageReference, ObjectImage } from '@pilvi/contracts/compute/v1/instance';
import type { OfferedImage } from '@pilvi/contracts/compute/v1/service';
import { BASE_IMAGES, ImageError } from '@pilvi/instance-images';
import type { BaseImage, ImageStore, StoredImage } from '@pilvi/instance-images';
import type { InstanceStore } from '../instances/instance-store.ts';

/** Where instances' images come from: made here, or fetched from the object store through a gateway. Either is done once. */
export interface ImageSource {
  /** ImageError for an image that cannot be had. */
  ensure(reference: ImageReference, signal: AbortSignal): Promise<StoredImage>;
  /** One that has been had before. */
  get(digest: string): Promise<StoredImage>;
  offered(): readonly OfferedImage[];
}

interface Components {
  readonly images: ImageStore;
  readonly store: InstanceStore;
  /** For archives on their way. */
  readonly scratchDirectory: string;
  /** The bytes of an object, in order. */
  readonly readObject: (object: ObjectImage, signal: AbortSignal) => AsyncIterable<Buffer>;
  readonly onChange: () => void;
  readonly bases?: readonly BaseImage[];
}

export const ARCHITECTURE = process.arch === 'x64' ? 'x86_64' : process.arch;

export async function createImageSource(components: Components): Promise<ImageSource> {
  const { images, store, scratchDirectory, readObject, onChange, bases = BASE_IMAGES } = components;
  await rm(scratchDirectory, { recursive: true, force: true });
  await mkdir(scratchDirectory, { recursive: true, mode: 0o700 });
  const usable = bases.filter((base) => base.missing().length === 0);
  const ready = new Set<string>();
  for (const { name } of usable) if ((await known(`offered ${name}`)) !== undefined) ready.add(name);
  const progress = new Map<string, string>();
  const underWay = new Map<string, Promise<StoredImage>>();

  async function known(source: string): Promise<StoredImage | undefined> {
    const digest = await store.imageOf(source);
    return digest === undefined ? undefined : images.get(digest).catch(() => undefined);
  }

  /** Brings an archive into a file and unpacks it; many that want the same one wait for it together. */
  function obtain(source: string, bring: (file: string) => Promise<void>, signal: AbortSignal): Promise<StoredImage> {
    const running = underWay.get(source);
    if (running !== undefined) return running;
    const work = (async () => {
      const file = join(scratchDirectory, randomBytes(8).toString('hex'));
      try {
        await bring(file);
        const image = await images.importArchive(file, signal);
        await store.putImage(source, image.digest);
        return image;
      } finally {
        await rm(file, { force: true });
      }
    })().finally(() => underWay.delete(source));
    underWay.set(source, work);
    return work;
  }

  async function ensureOffered(name: string, signal: AbortSignal): Promise<StoredImage> {
    const source = `offered ${name}`;
    const found = await known(source);
    if (found !== undefined) return found;
    const base = usable.find((candidate) => candidate.name === name);
    if (base === undefined) throw new ImageError('absent', `this node offers no image ${name}`);
    const tell = (words: string): void => {
      progress.set(name, words);
      onChange();
    };
    try {
      const image = await obtain(source, (file) => base.make(file, tell, signal), signal);
      ready.add(name);
      return image;
    } finally {
      progress.delete(name);
      onChange();
    }
  }

  async function ensureObject(object: ObjectImage, signal: AbortSignal): Promise<StoredImage> {
    const source = `object ${JSON.stringify([object.bucket, object.key, object.etag])}`;
    return (await known(source)) ?? obtain(source, (file) => download(object, file, signal), signal);
  }

  async function download(object: ObjectImage, file: string, signal: AbortSignal): Promise<void> {
    let sizeBytes = 0n;
    const counted = async function* (): AsyncIterable<Buffer> {
      for await (const part of readObject(object, signal)) {
        sizeBytes += BigInt(part.length);
        yield part;
      }
    };
    await pipeline(counted, createWriteStream(file, { mode: 0o600 }), { signal });
    if (sizeBytes !== object.sizeBytes)
      throw new ImageError('failed', `the image's object ended after ${sizeBytes} of ${object.sizeBytes} bytes`);
  }

  return {
    async ensure({ source, architecture }, signal) {
      if (architecture !== '' && architecture !== ARCHITECTURE)
        throw new ImageError('wrong-architecture', `the image is for ${architecture}, this node is ${ARCHITECTURE}`);
      switch (source?.$case) {
        case 'offered':
          return ensureOffered(source.value, signal);
        case 'object':
          return ensureObject(source.value, signal);
        case undefined:
          throw new ImageError('absent', 'the image has no source');
      }
    },
    get: (digest) => images.get(digest),
    offered: () =>
      usable.map(({ name, description }) => ({
        name,
        description,
        architecture: ARCHITECTURE,
        ready: ready.has(name),
        progress: progress.get(name) ?? '',
      })),
  };
}
