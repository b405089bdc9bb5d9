import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openDirectBuffers } from './direct-buffers.ts';

async function temporaryDirectory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pilvi-direct-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('a buffer is what the file system takes past its cache, whatever comes in', async (t) => {
  const directory = await temporaryDirectory(t);
  const buffers = openDirectBuffers(directory, 2, 100_000);
  assert.deepEqual(await readdir(directory), [], 'the trial leaves nothing');
  if (buffers === undefined) {
    t.skip('NOT TRIED: the file system of the temporary directory writes through its cache only');
    return;
  }
  // The longest first: what an earlier one left in the memory must not come again.
  for (const length of [100_000, 4_097, 4_096, 1]) {
    const pieces = [randomBytes(Math.min(47, length)), randomBytes(Math.max(0, length - 47))];
    const path = join(directory, String(length));
    {
      using buffer = buffers.fill(pieces);
      await using file = await open(path, constants.O_CREAT | constants.O_WRONLY | constants.O_DIRECT);
      assert.equal((await file.write(buffer!.bytes)).bytesWritten, Math.ceil(length / 4_096) * 4_096);
    }
    const stored = await readFile(path);
    assert.deepEqual(stored.subarray(0, length), Buffer.concat(pieces));
    assert.ok(stored.subarray(length).every((byte) => byte === 0));
  }
});

test('what is too long, or comes when no buffer is free, goes another way', async (t) => {
  const buffers = openDirectBuffers(await temporaryDirectory(t), 2, 65_536);
  if (buffers === undefined) {
    t.skip('NOT TRIED: the file system of the temporary directory writes through its cache only');
    return;
  }
  assert.equal(buffers.fill([Buffer.alloc(65_537)]), undefined);
  {
    using first = buffers.fill([Buffer.alloc(1)]);
    using second = buffers.fill([Buffer.alloc(65_536)]);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(buffers.fill([Buffer.alloc(1)]), undefined);
  }
  assert.ok(buffers.fill([Buffer.alloc(1)]) !== undefined);
});

const noProc = existsSync('/proc/self') ? false : 'NOT TRIED: this machine has no /proc';
test('where a file system refuses, there are none', { skip: noProc }, () => {
  assert.equal(openDirectBuffers('/proc/self', 1, 4_096), undefined);
});
