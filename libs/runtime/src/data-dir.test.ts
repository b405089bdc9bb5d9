import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openDataDir } from './index.ts';

const NODE = { kind: 'storage-node', formatVersion: 1 };

async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-runtime-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('a data directory is made for its owner alone, and found again', async (t) => {
  const path = join(await scratch(t), 'a', 'storage-1');
  {
    await using dir = await openDataDir(path, NODE);
    assert.equal(dir.fresh, true);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    await writeFile(join(path, 'data'), 'x');
  }
  await chmod(path, 0o755);
  await using again = await openDataDir(path, NODE);
  assert.equal(again.fresh, false);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
});

test('another version, another kind, and what is no data directory are refused with words', async (t) => {
  const path = await scratch(t);
  await (await openDataDir(path, NODE))[Symbol.asyncDispose]();
  await assert.rejects(openDataDir(path, { ...NODE, formatVersion: 2 }), {
    name: 'RuntimeError',
    code: 'format-version',
    message: /older version of Pilvi \(format 1; this one reads format 2\)/,
  });
  await assert.rejects(openDataDir(path, { ...NODE, formatVersion: 0 }), { code: 'format-version', message: /newer/ });
  await assert.rejects(openDataDir(path, { ...NODE, kind: 'gateway' }), { code: 'wrong-kind', message: /storage-node, not of a gateway/ });
  await (await openDataDir(path, NODE))[Symbol.asyncDispose](); // a refusal leaves no lock
  await writeFile(join(path, 'pilvi.json'), '{"formatV');
  await assert.rejects(openDataDir(path, NODE), { code: 'damaged' });
  const foreign = join(path, 'foreign');
  await mkdir(foreign);
  await writeFile(join(foreign, 'thesis.tex'), '');
  await assert.rejects(openDataDir(foreign, NODE), { code: 'bad-directory', message: /thesis\.tex/ });
  assert.deepEqual(await readdir(foreign), ['thesis.tex']);
  await assert.rejects(openDataDir(join(foreign, 'thesis.tex'), NODE), { code: 'bad-directory' });
});

test('a fresh ext4 file system is an empty directory', async (t) => {
  const path = await scratch(t);
  await mkdir(join(path, 'lost+found'));
  await using dir = await openDataDir(path, NODE);
  assert.equal(dir.fresh, true);
});

test('another user’s directory is refused', { skip: process.getuid?.() !== 0 ? 'needs root' : false }, async (t) => {
  const { chown } = await import('node:fs/promises');
  const path = await scratch(t);
  await chown(path, 12_345, 12_345);
  await assert.rejects(openDataDir(path, NODE), { code: 'wrong-owner', message: /user id 12345/ });
});

test('a living process locks it; a killed one does not', async (t) => {
  const path = await scratch(t);
  const index = new URL('./index.ts', import.meta.url).href;
  const script = `import { openDataDir } from ${JSON.stringify(index)}; await openDataDir(${JSON.stringify(path)}, ${JSON.stringify(NODE)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await assert.rejects(openDataDir(path, NODE), { code: 'locked', message: new RegExp(`in use by process ${child.pid}`) });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using dir = await openDataDir(path, NODE);
  assert.equal(dir.fresh, false);
  await assert.rejects(openDataDir(path, NODE), { code: 'locked' });
});

test('a lock whose number was given to another process is no lock', async (t) => {
  const path = await scratch(t);
  await writeFile(join(path, 'lock'), JSON.stringify({ pid: process.pid, started: 'an earlier boot-1' }));
  await using dir = await openDataDir(path, NODE);
  assert.equal(dir.fresh, true);
  assert.match(await readFile(join(path, 'lock'), 'utf8'), /"started":"[^"]+"/);
});
