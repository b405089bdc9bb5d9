import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { beginCommand } from './begin-command.ts';

test('who waits at the pipe gets one byte, and the pipe goes; where nobody waits it stays, and that is told', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pilvi-begin-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const fifo = join(directory, 'exec.fifo');
  assert.equal(beginCommand(directory), false);
  execFileSync('mkfifo', [fifo]);
  assert.equal(beginCommand(directory), false);
  assert.ok(existsSync(fifo));
  const waiting = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(waiting));
  assert.equal(beginCommand(directory), true);
  assert.ok(!existsSync(fifo));
  assert.equal(readSync(waiting, Buffer.alloc(8)), 1);
});
