import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { partitionId } from '@pilvi/cluster-map';
import { createSeededRandom, silentLogger, systemClock } from '@pilvi/runtime';
import { readIdentity, renewIdentity, UnknownIdentityFormat } from './cluster/identity.ts';
import { openNodeDisk } from './node-disk.ts';
import type { NodeDisk } from './node-disk.ts';
import { checkpointedRecord } from './replication/checkpointed-record.ts';

interface Lab {
  readonly directory: string;
  /** Opens the disk, looks at it, and closes it. */
  look<T>(use: (disk: NodeDisk) => T | Promise<T>): Promise<T>;
  remove(path: string): Promise<void>;
}

/** The disk of a node that has joined a cluster and was whole. */
async function lab(t: TestContext): Promise<Lab> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-disk-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const random = createSeededRandom(1);
  const onFatal = (error: unknown): void => {
    throw error;
  };
  const self: Lab = {
    directory,
    async look(use) {
      await using disk = await openNodeDisk({
        dataDir: directory,
        chunkEngine: 'files',
        random,
        clock: systemClock,
        log: silentLogger,
        onFatal,
      });
      return await use(disk);
    },
    remove: (path) => rm(join(directory, path), { recursive: true }),
  };
  await self.look(async (disk) => {
    await disk.joined('the-cluster');
    await disk.wasFilled();
  });
  return self;
}

const idOf = (disk: NodeDisk): string => disk.identity.incarnation;

test('what is missing or damaged makes a new incarnation of the same cluster, and what was there is kept', async (t) => {
  for (const path of ['log', 'log/manifest', 'rows', 'rows/CURRENT', 'identity.json']) {
    const { directory, look, remove } = await lab(t);
    const before = await look(idOf);
    assert.equal(await look(idOf), before, 'a start changes nothing');
    await remove(path);
    const after = await look((disk) => disk.identity);
    assert.notEqual(after.incarnation, before, path);
    assert.equal(after.clusterId, path === 'identity.json' ? '' : 'the-cluster');
    assert.equal(await look(idOf), after.incarnation, 'once');
    assert.deepEqual(await readdir(join(directory, 'set-aside')), [path === 'identity.json' ? 'unknown' : before]);
  }
});

test('what is in a directory that was emptied is missed as well', async (t) => {
  for (const part of ['log', 'rows']) {
    const { directory, look } = await lab(t);
    const before = await look(idOf);
    for (const name of await readdir(join(directory, part))) await rm(join(directory, part, name));
    assert.notEqual(await look(idOf), before, part);
  }
});

test('files set aside are not replaced by those of an incarnation that was never whole', async (t) => {
  const { directory, look, remove } = await lab(t);
  const first = await look(idOf);
  await remove('log/manifest');
  const second = await look(idOf);
  await remove('log/manifest');
  const third = await look(async (disk) => {
    await disk.wasFilled();
    return idOf(disk);
  });
  assert.notEqual(third, second);
  assert.deepEqual(await readdir(join(directory, 'set-aside')), [first]);
  await remove('log/manifest');
  await look(idOf);
  assert.deepEqual(await readdir(join(directory, 'set-aside')), [third], 'those of one that was whole make room');
});

test('a disk that was set aside can be put back', async (t) => {
  const { directory, look, remove } = await lab(t);
  const first = await look(idOf);
  const manifest = await readFile(join(directory, 'log', 'manifest'));
  await remove('log/manifest');
  assert.notEqual(await look(idOf), first);
  const aside = join(directory, 'set-aside', first);
  await writeFile(join(aside, 'log', 'manifest'), manifest);
  for (const part of ['log', 'rows', 'chunks', 'identity.json']) {
    await remove(part);
    await rename(join(aside, part), join(directory, part));
  }
  assert.equal(await look(idOf), first);
});

test('rows that lost a checkpoint after which the log was trimmed are not taken for whole', async (t) => {
  const { look } = await lab(t);
  const before = await look(async (disk) => {
    disk.log.append([checkpointedRecord(partitionId(3), 7)]);
    await disk.log.sync();
    return idOf(disk);
  });
  assert.notEqual(await look(idOf), before);
});

test('another version is refused, and nothing is set aside', async (t) => {
  const { directory, look } = await lab(t);
  const path = join(directory, 'identity.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, '{"formatVersion":2,"incarnation":"x"}\n');
  await assert.rejects(look(idOf), /format 2/);
  await writeFile(path, text);
  await rm(join(directory, 'log'), { recursive: true });
  await cp(path, join(directory, 'log', 'segment-0000000001a5.log'));
  await assert.rejects(look(idOf), { code: 'unknown-format' });
  assert.ok(!(await readdir(directory)).includes('set-aside'));
});

test('a byte of the identity flipped: never another identity', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-identity-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const before = await renewIdentity(directory, createSeededRandom(1), 'the-cluster');
  const path = join(directory, 'identity.json');
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 1;
    await writeFile(path, flipped);
    const found = await readIdentity(directory).catch((error: unknown) => {
      assert.ok(!(error instanceof UnknownIdentityFormat), 'damage is not taken for another version');
    });
    if (found !== undefined) assert.deepEqual(found, before, `byte ${String(at)}`);
  }
});
