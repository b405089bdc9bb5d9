import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, partitionId } from '@pilvi/cluster-map';
import { makeEntry } from './entry.ts';
import { createRestorer } from './restore.ts';
import type { LogEntry, PersistRecord } from './types.ts';

const partition = partitionId(1);

function chain(from: number, to: number, prevHash = 0, term = 1): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let seq = from; seq <= to; seq++)
    entries.push(makeEntry(epoch(term), seq, entries.at(-1)?.hash ?? prevHash, Buffer.from(String(seq))));
  return entries;
}

const asRecord = (entry: LogEntry): PersistRecord => ({ kind: 'entry', partition, entry });

test('truncated entries are gone, what replaced them is there', () => {
  const restorer = createRestorer();
  const old = chain(1, 4);
  old.forEach((e) => {
    restorer.add(asRecord(e));
  });
  restorer.add({ kind: 'truncate', partition, afterSeq: 2 });
  const fresh = chain(3, 3, old[1]?.hash, 2);
  fresh.forEach((e) => {
    restorer.add(asRecord(e));
  });
  const [replica] = restorer.finish(new Map(), false);
  assert.deepEqual(replica?.entries, [...old.slice(0, 2), ...fresh]);
});

test('a trimmed log goes on from the checkpoint', () => {
  const restorer = createRestorer();
  const entries = chain(1, 6);
  entries.slice(2).forEach((e) => {
    restorer.add(asRecord(e));
  });
  const at = entries[3];
  assert.ok(at);
  const base = { epoch: at.epoch, seq: at.seq, hash: at.hash };
  const [replica] = restorer.finish(new Map([[partition, base]]), false);
  assert.deepEqual(replica?.base, base);
  assert.deepEqual(replica.entries, entries.slice(4));
});

test('a snapshot that began and did not end leaves an empty replica', () => {
  const restorer = createRestorer();
  chain(1, 3).forEach((e) => {
    restorer.add(asRecord(e));
  });
  restorer.add({ kind: 'base', partition, base: { epoch: epoch(0), seq: 0, hash: 0 } });
  restorer.add({ kind: 'base', partition, base: { epoch: epoch(0), seq: 0, hash: 0 } });
  const [replica] = restorer.finish(new Map(), false);
  assert.equal(replica?.base.seq, 0);
  assert.deepEqual(replica.entries, []);
});
