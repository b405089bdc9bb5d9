import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BASE_IMAGES } from './base-images.ts';
import { ImageError } from './errors.ts';
import type { ImageErrorCode } from './errors.ts';
import { readImageConfig } from './image-config.ts';
import { openImageStore } from './image-store.ts';
import { scratchDirectory, whyNoDisks } from './testing/scratch.ts';

const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const withCode =
  (code: ImageErrorCode) =>
  (error: unknown): boolean =>
    error instanceof ImageError && error.code === code;

/** A tarball of a root with one file. */
function rootTarball(directory: string, words: string): string {
  mkdirSync(join(directory, 'made', 'etc'), { recursive: true });
  writeFileSync(join(directory, 'made', 'etc', 'motd'), words);
  execFileSync('tar', ['-czf', join(directory, 'root.tar.gz'), '-C', join(directory, 'made'), '.']);
  return join(directory, 'root.tar.gz');
}

describe('the image store', () => {
  it('unpacks the same bytes once, whoever brings them, and finds them again', async () => {
    await using scratch = scratchDirectory();
    const file = rootTarball(scratch.path, 'hello');
    const store = await openImageStore(join(scratch.path, 'images'));
    const [first, second] = await Promise.all([store.importArchive(file, signal()), store.importArchive(file, signal())]);
    assert.deepEqual(first, second);
    assert.equal(readFileSync(join(first.rootfs, 'etc/motd'), 'utf8'), 'hello');
    assert.deepEqual(await store.list(), [first.digest]);
    const later = await openImageStore(join(scratch.path, 'images'));
    assert.deepEqual(await later.get(first.digest), first);
    await later.remove(first.digest);
    await assert.rejects(later.get(first.digest), withCode('absent'));
  });

  it('refuses what is no image, and keeps nothing of it', async () => {
    await using scratch = scratchDirectory();
    const store = await openImageStore(join(scratch.path, 'images'));
    const nonsense = join(scratch.path, 'nonsense');
    writeFileSync(nonsense, 'this is no archive');
    await assert.rejects(store.importArchive(nonsense, signal()), withCode('bad-image'));
    execFileSync('tar', ['-cf', nonsense, '-C', scratch.path, '--transform=s/.*/pictures/', 'images']);
    await assert.rejects(store.importArchive(nonsense, signal()), withCode('bad-image'));
    const cut = join(scratch.path, 'cut');
    writeFileSync(cut, readFileSync(rootTarball(scratch.path, 'x'.repeat(100_000))).subarray(0, 120));
    await assert.rejects(store.importArchive(cut, signal()), withCode('bad-image'));
    assert.deepEqual(readdirSync(join(scratch.path, 'images')), []);
  });

  it('removes what an import that was broken off has left', async () => {
    await using scratch = scratchDirectory();
    mkdirSync(join(scratch.path, 'images', 'unfinished-1'), { recursive: true });
    await openImageStore(join(scratch.path, 'images'));
    assert.deepEqual(readdirSync(join(scratch.path, 'images')), []);
  });

  const noOci = existsSync('/usr/bin/umoci') && existsSync('/usr/bin/skopeo') ? false : 'NOT TRIED: this machine lacks skopeo and umoci';
  it('unpacks an OCI archive with its layers and its configuration', { skip: noOci }, async () => {
    await using scratch = scratchDirectory();
    const layout = join(scratch.path, 'layout');
    const umoci = (...args: string[]): void => void execFileSync('umoci', args);
    umoci('init', '--layout', layout);
    umoci('new', '--image', `${layout}:image`);
    umoci('raw', 'add-layer', '--image', `${layout}:image`, layerOf(scratch.path, { 'etc/motd': 'first', 'etc/old': 'x', 'bin/run': 'y' }));
    // The second layer removes a file of the first (a whiteout), and replaces another.
    umoci('raw', 'add-layer', '--image', `${layout}:image`, layerOf(scratch.path, { 'etc/motd': 'second', 'etc/.wh.old': '' }));
    umoci(
      'config',
      '--image',
      `${layout}:image`,
      '--config.entrypoint=/bin/run',
      '--config.cmd=now',
      '--config.env=COLOUR=blue',
      '--config.workingdir=/srv',
      '--config.user=7',
    );
    const archive = join(scratch.path, 'image.tar');
    execFileSync('skopeo', ['copy', '-q', '--insecure-policy', `oci:${layout}:image`, `oci-archive:${archive}`]);
    const store = await openImageStore(join(scratch.path, 'images'));
    const { rootfs, config } = await store.importArchive(archive, signal());
    assert.equal(readFileSync(join(rootfs, 'etc/motd'), 'utf8'), 'second');
    assert.equal(existsSync(join(rootfs, 'etc/old')), false);
    assert.deepEqual(config, { entrypoint: ['/bin/run'], command: ['now'], env: { COLOUR: 'blue' }, workingDirectory: '/srv', user: '7' });
  });

  it('takes the busybox image that this machine makes, the same bytes each time', { skip: whyNoDisks() }, async () => {
    await using scratch = scratchDirectory();
    const busybox = BASE_IMAGES.find(({ name }) => name.startsWith('pilvi/busybox'))!;
    const store = await openImageStore(join(scratch.path, 'images'));
    await busybox.make(join(scratch.path, 'a.tar'), () => undefined, signal());
    await busybox.make(join(scratch.path, 'b.tar'), () => undefined, signal());
    const first = await store.importArchive(join(scratch.path, 'a.tar'), signal());
    assert.equal((await store.importArchive(join(scratch.path, 'b.tar'), signal())).digest, first.digest);
    const said = execFileSync('chroot', [first.rootfs, '/bin/sh', '-c', 'id -u; ls /']).toString();
    assert.match(said, /^0\nbin\ndev\netc\n/);
    assert.deepEqual(readdirSync(scratch.path).sort(), ['a.tar', 'b.tar', 'images']);
  });
});

describe('the configuration of an image', () => {
  it('is read with what may be left out left out', () => {
    assert.deepEqual(readImageConfig('{}'), { entrypoint: [], command: [], env: {}, workingDirectory: '/', user: '' });
  });

  it('of another machine is refused', () => {
    assert.throws(() => readImageConfig('{"os":"windows"}'), withCode('wrong-architecture'));
    assert.throws(() => readImageConfig('{"os":"linux","architecture":"s390x"}'), withCode('wrong-architecture'));
    assert.throws(() => readImageConfig('not json'), withCode('bad-image'));
  });
});

function layerOf(directory: string, files: Readonly<Record<string, string>>): string {
  const root = join(directory, `layer-${Object.keys(files).length}`);
  for (const [name, words] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), words);
  }
  execFileSync('tar', ['-cf', `${root}.tar`, '-C', root, '.']);
  return `${root}.tar`;
}
