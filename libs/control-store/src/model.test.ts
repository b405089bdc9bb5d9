import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Change, ControlStore } from './control-store.ts';
import { openEmbeddedControlStore } from './embedded-store.ts';
import { createMemoryControlStore } from './memory-store.ts';
import { openMirrorStorage } from './mirror-storage.ts';
import { copyIds } from './testing/copy-ids.ts';

const key = fc.constantFrom('/a', '/b', '/c', '/～', '/😀');
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('txn' as const),
      keys: fc.uniqueArray(key, { minLength: 1 }),
      remove: fc.boolean(),
      stale: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), loseOwn: fc.boolean() }) },
);

/** The plainest store there is. */
class Model {
  revision = 0;
  readonly entries = new Map<string, { value: string; modRevision: number }>();

  txn(changes: readonly Change[]): boolean {
    const effective = changes.filter((c) => c.kind === 'put' || this.entries.has(c.key));
    if (effective.length === 0) return false;
    for (const change of effective) {
      if (change.kind === 'delete') this.entries.delete(change.key);
      else this.entries.set(change.key, { value: Buffer.from(change.value).toString(), modRevision: 0 });
    }
    return true;
  }
}

async function assertSame(store: ControlStore, model: Model): Promise<void> {
  const { entries } = await store.range('');
  const expected = [...model.entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(
    entries.map((e) => [e.key, e.value.toString(), e.modRevision]),
    expected.map(([k, v]) => [k, v.value, v.modRevision]),
  );
}

test('any sequence of transactions and restarts agrees with a map', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, isEmbedded) => {
      const directory = await mkdtemp(join(tmpdir(), 'pilvi-control-'));
      const sizes = { segmentBytes: 16 * 1024, snapshotEveryBytes: 1_000 };
      const mirrors = await Promise.all(['m0', 'm1'].map((id) => openMirrorStorage({ id, directory: join(directory, id), ...sizes })));
      const patience = { commitTimeoutMs: 60_000, describeBoundMs: 60_000 };
      const open = () => openEmbeddedControlStore({ directory: join(directory, 'own'), candidates: mirrors, ...sizes, ...patience });
      const embedded = isEmbedded ? await open() : undefined;
      embedded?.setMirrors(mirrors);
      await embedded?.requireMirrors(await copyIds(mirrors));
      let store: ControlStore = embedded ?? createMemoryControlStore();
      const model = new Model();
      try {
        let count = 0;
        for (const one of steps) {
          if (one.kind === 'reopen') {
            if (!isEmbedded) continue;
            await store[Symbol.asyncDispose]();
            if (one.loseOwn) await rm(join(directory, 'own'), { recursive: true });
            const reopened = await open();
            reopened.setMirrors(mirrors);
            await reopened.requireMirrors(await copyIds(mirrors));
            store = reopened;
          } else {
            const compares = one.keys.map((k) => ({ key: k, modRevision: (model.entries.get(k)?.modRevision ?? 0) + (one.stale ? 1 : 0) }));
            const changes = one.keys.map((k): Change =>
              one.remove ? { kind: 'delete', key: k } : { kind: 'put', key: k, value: Buffer.from(String(count++)) },
            );
            const result = await store.txn(compares, changes);
            assert.equal(result.succeeded, !one.stale);
            if (!one.stale && model.txn(changes) && !one.remove)
              for (const k of one.keys) model.entries.set(k, { value: model.entries.get(k)?.value ?? '', modRevision: result.revision });
            assert.ok(result.revision >= model.revision);
            model.revision = result.revision;
          }
          await assertSame(store, model);
        }
      } finally {
        await store[Symbol.asyncDispose]();
        for (const mirror of mirrors) await mirror[Symbol.asyncDispose]();
        await rm(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 25 },
  );
});
