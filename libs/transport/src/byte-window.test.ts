import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createByteWindow } from './byte-window.ts';

const KIB = 1024;

test('a window lets a writer go on as far as the reader has taken, and sends parts', async () => {
  const window = createByteWindow();
  const sent: number[] = [];
  const sink = window.sink((part) => sent.push(part.length));
  let written = 0;
  const write = (bytes: number): void => void sink.write(Buffer.alloc(bytes), () => written++);
  write(150 * KIB);
  write(106 * KIB);
  write(1);
  await new Promise(setImmediate);
  assert.deepEqual(sent, [64 * KIB, 64 * KIB, 22 * KIB, 64 * KIB, 42 * KIB]);
  assert.equal(written, 1);
  window.taken(1);
  await new Promise(setImmediate);
  assert.equal(written, 2);
  assert.equal(sent.at(-1), 1);
});

test('writers of a closed window fail, also those that wait', async () => {
  const window = createByteWindow();
  const [first, second] = [window.sink(() => undefined), window.sink(() => undefined)];
  const failed = (sink: typeof first): Promise<unknown> => new Promise((resolve) => sink.once('error', resolve));
  const waits = failed(first);
  first.write(Buffer.alloc(300 * KIB));
  window.close();
  assert.match(String(await waits), /gone/);
  const late = failed(second);
  second.write('x');
  assert.match(String(await late), /gone/);
});
