import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogRecord, ReplicationLog, StoredRecord } from './log.ts';

/** Makes what one test needs: a place for a log that can be opened again and again. */
export interface LogHarness {
  open(): Promise<ReplicationLog>;
  /** Ends the process that has the log open, without closing it. What was not synced may be gone. */
  crash(): Promise<void>;
  dispose(): Promise<void>;
}

const record = (text: string, kind = 1, partition = 0): LogRecord => ({ kind, partition, body: [Buffer.from(text)] });

async function all(log: ReplicationLog): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const stored of log.replay()) records.push(stored);
  return records;
}

const texts = async (log: ReplicationLog): Promise<string[]> => (await all(log)).map((r) => r.body.toString());

/** What every ReplicationLog must do (STYLE 18). */
export function testReplicationLog(name: string, createHarness: () => Promise<LogHarness>): void {
  const check = (what: string, run: (harness: LogHarness) => Promise<void>): void => {
    test(what, async () => {
      const harness = await createHarness();
      try {
        await run(harness);
      } finally {
        await harness.dispose();
      }
    });
  };
  describe(name, () => {
    check('a new log is sound and empty, and begins at lsn 1', async ({ open }) => {
      await using log = await open();
      assert.deepEqual([log.condition.kind, log.nextLsn, log.durableLsn, await texts(log)], ['sound', 1, 0, []]);
    });
    check('records come back as they were appended', async ({ open }) => {
      const parts = [Buffer.from('he'), Buffer.alloc(0), Buffer.from('llo')];
      {
        await using log = await open();
        assert.equal(
          log.append([
            { kind: 255, partition: 65_535, body: parts },
            { kind: 1, partition: 0, body: [] },
          ]),
          2,
        );
        await log.sync();
      }
      await using log = await open();
      assert.deepEqual(await all(log), [
        { lsn: 1, kind: 255, partition: 65_535, body: Buffer.from('hello') },
        { lsn: 2, kind: 1, partition: 0, body: Buffer.alloc(0) },
      ]);
      assert.equal(log.nextLsn, 3);
    });
    check('sync makes durable what was appended before it, and durableLsn says so', async ({ open, crash }) => {
      const log = await open();
      log.append([record('a')]);
      const lsn = log.append([record('b'), record('c')]);
      await log.sync();
      assert.equal(log.durableLsn, lsn);
      await crash();
      await using again = await open();
      assert.deepEqual(await texts(again), ['a', 'b', 'c']);
    });
    check('many appenders at once: order is kept, every sync is kept', async ({ open, crash }) => {
      const log = await open();
      const expected: string[] = [];
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          for (let j = 0; j < 4; j++) {
            expected.push(`${String(i)}.${String(j)}`);
            const lsn = log.append([record(`${String(i)}.${String(j)}`)]);
            assert.equal(lsn, expected.length);
            await log.sync();
            assert.ok(log.durableLsn >= lsn);
          }
        }),
      );
      await crash();
      await using again = await open();
      assert.deepEqual(await texts(again), expected);
    });
    check('appending goes on after a restart', async ({ open }) => {
      for (let i = 1; i <= 5; i++) {
        await using log = await open();
        assert.equal(log.append([record(String(i))]), i);
        await log.sync();
      }
      await using log = await open();
      assert.deepEqual(await texts(log), ['1', '2', '3', '4', '5']);
    });
    check('what is trimmed is a prefix below the bound; lsns go on', async ({ open }) => {
      const body = 'x'.repeat(100);
      {
        await using log = await open();
        for (let i = 0; i < 300; i++) log.append([record(`${String(i)} ${body}`)]);
        await log.sync();
        const before = log.sizeBytes;
        await log.trim(250);
        assert.ok(log.sizeBytes < before);
        await log.trim(10);
      }
      await using log = await open();
      const kept = await all(log);
      assert.equal(log.nextLsn, 301);
      assert.ok((kept[0]?.lsn ?? 0) > 1 && (kept[0]?.lsn ?? 0) <= 250);
      kept.forEach((stored, i) => {
        assert.equal(stored.lsn, (kept[0]?.lsn ?? 0) + i);
        assert.ok(stored.body.toString().startsWith(`${String(stored.lsn - 1)} `));
      });
      assert.equal(kept.at(-1)?.lsn, 300);
    });
    check('a closed log takes nothing, and closing keeps what was appended', async ({ open }) => {
      const log = await open();
      log.append([record('last')]);
      await log[Symbol.asyncDispose]();
      assert.throws(() => log.append([record('more')]), { code: 'closed' });
      await assert.rejects(log.sync(), { code: 'closed' });
      await using again = await open();
      assert.deepEqual(await texts(again), ['last']);
    });
  });
}
