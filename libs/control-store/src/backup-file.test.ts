import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBackup, encodeBackup } from './backup-file.ts';

const BACKUP = {
  clusterId: 'c',
  revision: 7,
  takenAt: '2026-01-02T03:04:05.000Z',
  entries: [
    { key: '/a', value: Buffer.from([0, 255, 10]) },
    { key: '/b"\n', value: Buffer.alloc(0) },
  ],
};

test('a backup is read as it was written', () => {
  assert.deepEqual(decodeBackup(encodeBackup(BACKUP)), BACKUP);
});

test('every changed byte and every missing end is noticed', () => {
  const text = encodeBackup(BACKUP);
  for (let i = 0; i < text.length; i++) {
    const changed = text.slice(0, i) + (text[i] === '0' ? '1' : '0') + text.slice(i + 1);
    assert.throws(() => decodeBackup(changed), { code: 'bad-backup' }, `byte ${String(i)}`);
    assert.throws(() => decodeBackup(text.slice(0, i)), { code: 'bad-backup' }, `cut at ${String(i)}`);
  }
});

test('a file of another kind, or of a later version, is refused in words', () => {
  for (const foreign of ['', 'hello', '{}\n', '[]\n', 'null\n'])
    assert.throws(() => decodeBackup(foreign), { message: 'this is no backup of control data' });
  const later = encodeBackup(BACKUP).replace('"formatVersion":1', '"formatVersion":2');
  assert.throws(() => decodeBackup(later), { message: 'the backup has format 2, this version reads 1' });
});
