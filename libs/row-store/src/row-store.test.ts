import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { createMemoryRows, digestAfter, frame, partitionRange, prefixRange } from '@pilvi/object-index';
import type { DecodedEntry } from '@pilvi/object-index';
import { ClassicLevel } from 'classic-level';
import { RowStoreError } from './errors.ts';
import { createChunkInventory, openRowStore, USER_PREFIX } from './index.ts';
import type { RowStore } from './row-store.ts';
import { liveTables } from './live-tables.ts';
import { isSoundTable } from './verify-tables.ts';

const P = partitionId(3);
const Q = partitionId(4);
const POSITION = { epoch: 2, hash: 77 };
const atOnce = (): Promise<void> => Promise.resolve();

function open(directory: string): Promise<RowStore> {
  return openRowStore({
    directory,
    onFatal(error) {
      throw error;
    },
  });
}

async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'pilvi-rows-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function keyOf(partition: PartitionId, name: string): Buffer {
  const key = Buffer.concat([Buffer.alloc(2), Buffer.from(name)]);
  key.writeUInt16BE(partition, 0);
  return key;
}

/** An entry as an evaluation would make it over `rows`. */
function entryOf(rows: RowStore, partition: PartitionId, changes: Record<string, string | undefined>): DecodedEntry {
  let objectDelta = 0;
  const list = Object.entries(changes).map(([name, text]) => {
    const key = keyOf(partition, name);
    const value = text === undefined ? undefined : frame(Buffer.from(text));
    const old = rows.pending.get(key);
    objectDelta += (value === undefined ? 0 : 1) - (old === undefined ? 0 : 1);
    return { key, value };
  });
  return { changes: list, objectDelta };
}

function textOf(value: Buffer | undefined): string | undefined {
  return value?.subarray(5).toString();
}

async function namesIn(rows: RowStore, partition: PartitionId): Promise<string[]> {
  await rows.flushed();
  await using cursor = rows.cursor(partitionRange(partition));
  return (await cursor.next(1000)).map(([key]) => key.subarray(2).toString());
}

describe('the overlay', () => {
  it('shows what is staged to evaluation only, and what is committed to everyone, written or not', async () => {
    await using dir = await temporaryDirectory();
    await using rows = await open(dir.path);
    const key = keyOf(P, 'a');
    rows.stage(P, 1, entryOf(rows, P, { a: 'one' }));
    rows.stage(P, 2, entryOf(rows, P, { a: 'two' }));
    assert.equal(rows.committed.get(key), undefined);
    assert.equal(textOf(rows.pending.get(key)), 'two');
    rows.apply(P, 1, rows.takeStaged(P, 1) ?? assert.fail());
    assert.equal(textOf(rows.committed.get(key)), 'one');
    assert.equal(textOf(rows.pending.get(key)), 'two');
    rows.discardStaged(P, 1);
    assert.equal(textOf(rows.pending.get(key)), 'one');
    await rows.flushed();
    assert.equal(textOf(rows.committed.get(key)), 'one');
    assert.deepEqual(await namesIn(rows, P), ['a']);
    assert.equal(rows.applied(P).seq, 1);
    assert.equal(rows.applied(P).objects, 1);
  });

  it('forgets what was staged below an entry that came another way', async () => {
    await using dir = await temporaryDirectory();
    await using rows = await open(dir.path);
    rows.stage(P, 1, entryOf(rows, P, { a: 'mine' }));
    assert.equal(rows.takeStaged(P, 2), undefined);
    assert.equal(rows.pending.get(keyOf(P, 'a')), undefined);
  });

  it('is what a map would be, whatever is staged, committed and discarded', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('stage' as const),
        name: fc.constantFrom('a', 'b', 'c'),
        text: fc.option(fc.string(), { nil: undefined }),
      }),
      fc.record({ kind: fc.constantFrom('commit' as const, 'discard' as const, 'flush' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await using dir = await temporaryDirectory();
        await using rows = await open(dir.path);
        const committed = createMemoryRows();
        let staged: DecodedEntry[] = [];
        let seq = 0;
        for (const s of steps) {
          if (s.kind === 'stage') {
            const entry = entryOf(rows, P, { [s.name]: s.text });
            staged.push(entry);
            rows.stage(P, seq + staged.length, entry);
          } else if (s.kind === 'commit' && staged.length > 0) {
            seq++;
            committed.apply(staged[0]?.changes ?? []);
            staged = staged.slice(1);
            rows.apply(P, seq, rows.takeStaged(P, seq) ?? assert.fail());
          } else if (s.kind === 'discard') {
            staged = staged.slice(0, 1);
            rows.discardStaged(P, seq + staged.length);
          } else await rows.flushed();
          const pending = createMemoryRows();
          pending.apply([...committed.scan(partitionRange(P))].map(([key, value]) => ({ key, value })));
          for (const entry of staged) pending.apply(entry.changes);
          for (const name of ['a', 'b', 'c']) {
            assert.deepEqual(rows.committed.get(keyOf(P, name)), committed.get(keyOf(P, name)));
            assert.deepEqual(rows.pending.get(keyOf(P, name)), pending.get(keyOf(P, name)));
          }
        }
        const report = await rows.scrub(P, atOnce);
        assert.equal(report?.digest, report?.expectedDigest);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a restart', () => {
  it('begins at the last checkpoint, and a replay comes to the same state and digest', async () => {
    await using dir = await temporaryDirectory();
    const entries: DecodedEntry[] = [];
    let digest: bigint;
    {
      await using rows = await open(dir.path);
      for (let seq = 1; seq <= 20; seq++) {
        const entry = entryOf(rows, P, { [`k${String(seq % 7)}`]: seq % 5 === 0 ? undefined : `v${String(seq)}` });
        entries.push(entry);
        rows.apply(P, seq, entry);
        if (seq === 8) assert.deepEqual(await rows.checkpoint(() => POSITION), new Map([[P, 8]]));
      }
      digest = rows.applied(P).digest;
    }
    await using rows = await open(dir.path);
    assert.equal(rows.applied(P).seq, 8);
    assert.deepEqual(rows.checkpoints.get(P), { ...rows.applied(P), ...POSITION });
    assert.equal(await rows.scrub(P, atOnce), undefined, 'the rows are ahead of what is applied');
    await assert.rejects(rows.exportSnapshot(P), (e) => e instanceof RowStoreError && e.code === 'not-settled');
    entries.forEach((entry, i) => {
      rows.apply(P, i + 1, entry);
    });
    assert.equal(rows.applied(P).digest, digest);
    const report = await rows.scrub(P, atOnce);
    assert.equal(report?.digest, digest);
    assert.deepEqual(report?.damaged, []);
  });

  it('a checkpoint in the middle of a replay, whose digest is not known, leaves the one before', async () => {
    await using dir = await temporaryDirectory();
    const entries: DecodedEntry[] = [];
    let digest: bigint;
    {
      await using rows = await open(dir.path);
      for (let seq = 1; seq <= 12; seq++) {
        entries.push(entryOf(rows, P, { [`k${String(seq % 3)}`]: `v${String(seq)}` }));
        rows.apply(P, seq, entries.at(-1)!);
        if (seq === 4) await rows.checkpoint(() => POSITION);
      }
      digest = rows.applied(P).digest;
    }
    {
      await using rows = await open(dir.path);
      for (let seq = 5; seq <= 8; seq++) rows.apply(P, seq, entries[seq - 1]!);
      assert.equal(rows.digestAt(P, 8), undefined);
      assert.deepEqual(await rows.checkpoint(() => POSITION), new Map([[P, 4]]));
    }
    await using rows = await open(dir.path);
    assert.equal(rows.applied(P).seq, 4);
    for (let seq = 5; seq <= 12; seq++) rows.apply(P, seq, entries[seq - 1]!);
    assert.equal(rows.digestAt(P, 12), digest);
    assert.equal((await rows.scrub(P, atOnce))?.digest, digest);
    rows.apply(P, 13, entryOf(rows, P, { k1: 'new' }));
    assert.equal(rows.digestAt(P, 12), digest, 'one that was left behind is still known');
    assert.deepEqual(await rows.checkpoint(() => POSITION), new Map([[P, 13]]));
  });

  it('empties a partition whose installation broke off, and keeps one that was checkpointed (M2)', async () => {
    await using dir = await temporaryDirectory();
    const rowsOf = (partition: PartitionId): (readonly [Buffer, Buffer])[] => [[keyOf(partition, 'x'), frame(Buffer.from('y'))]];
    {
      await using rows = await open(dir.path);
      rows.apply(P, 1, entryOf(rows, P, { old: 'row' }));
      rows.apply(Q, 1, entryOf(rows, Q, { old: 'row' }));
      await rows.checkpoint(() => POSITION);
      for (const partition of [P, Q]) {
        await rows.clear(partition);
        assert.deepEqual(await namesIn(rows, partition), []);
        await rows.install(rowsOf(partition));
      }
      rows.installed(P, { seq: 9, digest: 5n, objects: 1 });
      await rows.checkpoint(() => POSITION);
      rows.installed(Q, { seq: 9, digest: 5n, objects: 1 });
    }
    await using rows = await open(dir.path);
    assert.deepEqual(rows.applied(P), { seq: 9, digest: 5n, objects: 1 });
    assert.deepEqual(await namesIn(rows, P), ['x']);
    assert.deepEqual(rows.applied(Q), { seq: 0, digest: 0n, objects: 0 });
    assert.deepEqual(await namesIn(rows, Q), []);
  });

  it('never finds a checkpoint of a partition that was emptied while one was made', async () => {
    await using dir = await temporaryDirectory();
    {
      await using rows = await open(dir.path);
      rows.apply(P, 1, entryOf(rows, P, { old: 'row' }));
      rows.apply(Q, 1, entryOf(rows, Q, { old: 'row' }));
      await Promise.all([rows.checkpoint(() => POSITION), rows.clear(P), rows.checkpoint(() => POSITION)]);
    }
    await using rows = await open(dir.path);
    assert.deepEqual([...rows.checkpoints.keys()], [Q]);
    assert.deepEqual(await namesIn(rows, P), []);
    assert.deepEqual(await namesIn(rows, Q), ['old']);
  });
});

describe('under writes', () => {
  it('a snapshot is of one applied state, a flush ends, and node rows are found', async () => {
    await using dir = await temporaryDirectory();
    await using rows = await open(dir.path);
    let seq = 0;
    let stopped = false;
    const put = (): void => {
      rows.apply(P, ++seq, entryOf(rows, P, { [`k${String((seq * 7919) % 500)}`]: `v${String(seq)}` }));
    };
    const writing = (async () => {
      while (!stopped) {
        for (let i = 0; i < 20; i++) put();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 20; round++) {
      await rows.flushed();
      await using snapshot = await rows.exportSnapshot(P);
      let digest = 0n;
      for await (const page of snapshot.rows) for (const [key, value] of page) digest = digestAfter(digest, key, undefined, value);
      assert.equal(digest, snapshot.state.digest);
      assert.ok(snapshot.state.seq > 0);
    }
    stopped = true;
    await writing;
    const key = Buffer.concat([USER_PREFIX, Buffer.from('chunk')]);
    rows.putNodeRows([{ key, value: Buffer.from('info') }]);
    const found: string[] = [];
    for await (const [k, v] of rows.nodeRows(prefixRange(USER_PREFIX)))
      found.push(`${k.subarray(USER_PREFIX.length).toString()}=${v.toString()}`);
    assert.deepEqual(found, ['chunk=info']);
  });
});

describe('the chunk inventory', () => {
  it('finds chunks by partition, by id and by owner, over a restart', async () => {
    await using dir = await temporaryDirectory();
    const info = (tick: number, owner: number, partition = 3) => ({
      id: Buffer.alloc(16, tick),
      owner: Buffer.alloc(16, owner),
      partition,
      sizeBytes: tick,
      crc32: 0xffffffff - tick,
    });
    const all = async <T>(list: AsyncIterable<T>): Promise<T[]> => Array.fromAsync(list);
    {
      await using rows = await open(dir.path);
      const inventory = createChunkInventory(rows);
      inventory.add([info(2, 9), info(1, 9), info(3, 8), info(4, 9, 4)]);
      assert.deepEqual(inventory.get(3, info(1, 9).id), info(1, 9));
      assert.deepEqual(await all(inventory.scanOwner(3, Buffer.alloc(16, 9))), [info(1, 9), info(2, 9)]);
      inventory.remove(3, [info(1, 9).id, Buffer.alloc(16, 200)]);
      inventory.add([info(3, 7)]);
    }
    await using rows = await open(dir.path);
    const inventory = createChunkInventory(rows);
    assert.deepEqual(await all(inventory.scan(3)), [info(2, 9), info(3, 7)]);
    assert.deepEqual(await all(inventory.scanOwner(3, Buffer.alloc(16, 9))), [info(2, 9)]);
    assert.deepEqual(await all(inventory.scanOwner(3, Buffer.alloc(16, 8))), []);
    assert.deepEqual(await all(inventory.scan(4)), [info(4, 9, 4)]);
    assert.equal(inventory.get(4, info(2, 9).id), undefined);
  });
});

describe('damage', () => {
  const text = (i: number): string => `${String(i)}-`.repeat(200);

  async function filled(directory: string): Promise<void> {
    await using rows = await open(directory);
    for (let i = 0; i < 300; i++) rows.apply(P, i + 1, entryOf(rows, P, { [`key-${String(i)}`]: text(i) }));
    await rows.checkpoint(() => POSITION);
  }

  it('of any byte of a table is found', async () => {
    await using dir = await temporaryDirectory();
    await filled(dir.path);
    const name = (await readdir(dir.path)).find((f) => f.endsWith('.ldb')) ?? assert.fail();
    const table = await readFile(join(dir.path, name));
    assert.equal(isSoundTable(table), true);
    const handlesAt = table.length - 48;
    for (let at = 0; at < table.length; at += at < table.length - 3000 ? 97 : 1) {
      // The footer is padded between its handles and its magic number.
      if (at >= handlesAt && at < table.length - 8 && table[at] === 0) continue;
      table[at] = (table[at] ?? 0) ^ 0x04;
      assert.equal(isSoundTable(table), false, `byte ${String(at)} of ${String(table.length)}`);
      table[at] = (table[at] ?? 0) ^ 0x04;
    }
  });

  it('of a value, or of a key, which makes a row disappear, is refused at the start and found while the store is open', async () => {
    for (const what of ['1-1-1-1-', 'key-17']) {
      await using dir = await temporaryDirectory();
      await filled(dir.path);
      const name = (await readdir(dir.path)).find((f) => f.endsWith('.ldb')) ?? assert.fail();
      const table = await readFile(join(dir.path, name));
      table[table.indexOf(what)] = 0x01;
      {
        await using rows = await open(dir.path);
        await writeFile(join(dir.path, name), table);
        const report = await rows.scrub(P, atOnce).catch(() => undefined);
        assert.ok(report === undefined || report.damaged.length > 0 || report.digest !== report.expectedDigest);
        assert.deepEqual(await rows.verifyFiles(atOnce), [name]);
      }
      await assert.rejects(open(dir.path), (e) => e instanceof RowStoreError && e.code === 'damaged');
    }
  });

  it('is not what a table half written is, since the manifest does not name it', async () => {
    await using dir = await temporaryDirectory();
    await filled(dir.path);
    const { tables } = await liveTables(dir.path);
    assert.deepEqual(
      tables,
      (await readdir(dir.path)).filter((f) => f.endsWith('.ldb')),
    );
    // What a kill in the middle of a compaction leaves.
    await writeFile(join(dir.path, '999999.ldb'), (await readFile(join(dir.path, tables[0]!))).subarray(0, 1_000));
    await using rows = await open(dir.path);
    assert.deepEqual(await rows.verifyFiles(atOnce), []);
    assert.equal(rows.applied(P).seq, 300);
  });

  it('of the manifest is found', async () => {
    await using dir = await temporaryDirectory();
    await filled(dir.path);
    const name = (await readFile(join(dir.path, 'CURRENT'), 'latin1')).trim();
    const manifest = await readFile(join(dir.path, name));
    const { tables } = await liveTables(dir.path);
    await writeFile(join(dir.path, name), Buffer.concat([manifest, manifest.subarray(0, 20)]));
    assert.deepEqual(await liveTables(dir.path), { tables, damagedManifest: undefined }, 'a record cut off at the end counts for nothing');
    for (let at = 0; at < manifest.length; at += 5) {
      const flipped = Buffer.from(manifest);
      flipped[at] = flipped[at]! ^ 0x04;
      await writeFile(join(dir.path, name), flipped);
      const found = await liveTables(dir.path);
      // A length that grew beyond the end looks like a record cut off; LevelDB takes it for one, too.
      if (found.damagedManifest === undefined) assert.ok([4, 5].includes(at) || found.tables.length < tables.length, `byte ${String(at)}`);
    }
    await writeFile(join(dir.path, name), manifest.fill(0x7f, 10, 20));
    await assert.rejects(open(dir.path), (e) => e instanceof RowStoreError && e.code === 'damaged');
  });

  it('of a missing table, of the marker, or a mark left before, is refused', async () => {
    const isDamaged = (e: unknown): boolean => e instanceof RowStoreError && e.code === 'damaged';
    await using dir = await temporaryDirectory();
    const missing = join(dir.path, 'missing');
    await filled(missing);
    await rm(join(missing, (await readdir(missing)).find((f) => f.endsWith('.ldb')) ?? assert.fail()));
    await assert.rejects(open(missing), isDamaged);
    const marked = join(dir.path, 'marked');
    {
      await using rows = await open(marked);
      rows.markDamaged();
    }
    await assert.rejects(open(marked), isDamaged);
  });
});

describe('D4: a row that is silently gone', () => {
  it('is missed by a scrub, and by who compares digests once the row was written again', async () => {
    await using soundDir = await temporaryDirectory();
    await using dir = await temporaryDirectory();
    await using sound = await open(soundDir.path);
    const entries: DecodedEntry[] = [];
    {
      await using rows = await open(dir.path);
      for (let seq = 1; seq <= 9; seq++) {
        entries.push(entryOf(rows, P, { [`k${String(seq)}`]: `v${String(seq)}` }));
        for (const each of [rows, sound]) each.apply(P, seq, entries.at(-1)!);
      }
      await rows.checkpoint(() => POSITION);
    }
    const level = new ClassicLevel<Buffer, Buffer>(dir.path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    await level.del(keyOf(P, 'k3'));
    await level.close();
    await using rows = await open(dir.path);
    assert.equal(rows.committed.get(keyOf(P, 'k3')), undefined);
    assert.equal(rows.digestAt(P, 9), sound.digestAt(P, 9), 'what is missing cannot be seen yet');
    const isSound = async (store: RowStore): Promise<boolean> => {
      const report = await store.scrub(P, atOnce);
      return report?.digest === report?.expectedDigest;
    };
    assert.deepEqual([await isSound(rows), await isSound(sound)], [false, true]);
    const again = entryOf(sound, P, { k3: 'again' });
    for (const each of [rows, sound]) each.apply(P, 10, again);
    assert.notEqual(rows.digestAt(P, 10), sound.digestAt(P, 10));
    assert.deepEqual([await isSound(rows), await isSound(sound)], [false, true], 'and who is right blames nobody else');
  });
});
