import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { freeSpace, writeFileAtomic } from './index.ts';

const INDEX = new URL('./index.ts', import.meta.url).href;

interface Run {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly dataDir: string;
  readonly pidFile: string;
  /** Exit code and standard error. */
  ended(): Promise<{ code: number | null; stderr: string }>;
  log(): Promise<Record<string, unknown>[]>;
}

/** Runs `start` (source text) as process `storage-1`; it says `up` when it serves. */
async function run(t: TestContext, start: string, env: Record<string, string> = {}): Promise<Run> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pilvi-runtime-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const script = `import { RuntimeError, runProcess } from ${JSON.stringify(INDEX)};
    const up = (stop = async () => {}) => { setInterval(() => {}, 1000); setTimeout(() => console.log('up'), 10); return { [Symbol.asyncDispose]: stop }; };
    runProcess({ name: 'storage-1', dataDir: ${JSON.stringify(dataDir)}, stopBoundMs: 300, start: async (context) => { ${start} } });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const exit = once(child, 'close') as Promise<[number | null]>;
  return {
    child,
    stdout: child.stdout,
    dataDir,
    pidFile: join(dataDir, 'run', 'storage-1.pid'),
    ended: async () => ({ code: (await exit)[0], stderr }),
    log: async () =>
      (await readFile(join(dataDir, 'log', 'storage-1.log'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const isUp = (of: Run): Promise<unknown> => once(of.stdout, 'data');

test('what it compiled is kept although it is killed', async (t) => {
  const cache = await mkdtemp(join(tmpdir(), 'pilvi-compiled-'));
  t.after(() => rm(cache, { recursive: true, force: true }));
  const it = await run(t, `return up();`, { NODE_COMPILE_CACHE: cache });
  await isUp(it);
  it.child.kill('SIGKILL');
  await it.ended();
  const [version] = await readdir(cache);
  assert.ok((await readdir(join(cache, version!))).length > 0);
});

test('SIGTERM and SIGINT end it gracefully', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const it = await run(t, `return up(async () => { context.log.info('tidied'); });`);
    await isUp(it);
    assert.equal((await readFile(it.pidFile, 'utf8')).trim(), String(it.child.pid));
    it.child.kill(signal);
    assert.deepEqual(await it.ended(), { code: 0, stderr: '' });
    assert.equal(existsSync(it.pidFile), false);
    const lines = await it.log();
    assert.deepEqual(
      lines.map((line) => line['msg']),
      ['started', 'stopping', 'tidied', 'stopped'],
    );
    assert.ok(
      lines.every((line) => line['name'] === 'storage-1' && line['level'] === 'info' && !Number.isNaN(Date.parse(String(line['time'])))),
    );
  }
});

test('a stop during a long start is clean', async (t) => {
  const it = await run(
    t,
    `console.log('up'); await new Promise((_, reject) => { setInterval(() => {}, 1000); context.stopping.addEventListener('abort', () => reject(context.stopping.reason)); });`,
  );
  await isUp(it);
  it.child.kill('SIGTERM');
  assert.equal((await it.ended()).code, 0);
});

test('a shutdown that does not end is ended', async (t) => {
  const it = await run(t, `return up(() => new Promise(() => {}));`);
  await isUp(it);
  it.child.kill('SIGTERM');
  assert.equal((await it.ended()).code, 3);
  assert.equal((await it.log()).at(-1)?.['level'], 'fatal');
});

test('a start that fails says why, in words, with code 1', async (t) => {
  const it = await run(t, `throw new RuntimeError('locked', '/data is in use by process 7: stop it first');`);
  assert.deepEqual(await it.ended(), { code: 1, stderr: 'storage-1: /data is in use by process 7: stop it first\n' });
  assert.equal(existsSync(it.pidFile), false);
});

test('errors that nobody caught end it with code 1, logged', async (t) => {
  for (const failure of [
    `setTimeout(() => { throw new Error('boom'); }, 20);`,
    `setTimeout(() => { Promise.reject(new Error('boom')); }, 20);`,
    `setTimeout(() => context.fail(new Error('boom')), 20);`,
  ]) {
    const it = await run(t, `${failure} return up();`);
    const { code, stderr } = await it.ended();
    assert.equal(code, 1);
    assert.match(stderr, /boom/);
    assert.equal(((await it.log()).at(-1)?.['err'] as { message: string }).message, 'boom');
  }
});

test('the log goes to standard output where that is asked for', async (t) => {
  const it = await run(t, `return up();`, { PILVI_LOG: 'stdout' });
  const lines: string[] = [];
  it.stdout.on('data', (data: Buffer) => lines.push(...data.toString().trim().split('\n')));
  while (!lines.some((line) => line.includes('"msg":"started"'))) await isUp(it);
  it.child.kill('SIGTERM');
  assert.equal((await it.ended()).code, 0);
  assert.equal(existsSync(join(it.dataDir, 'log')), false);
  assert.match((await (await run(t, 'return up();', { PILVI_LOG: 'syslog' })).ended()).stderr, /PILVI_LOG must be one of/);
});

test('the level of the log is checked', async (t) => {
  const it = await run(t, 'return up();', { PILVI_LOG_LEVEL: 'loud' });
  assert.match((await it.ended()).stderr, /PILVI_LOG_LEVEL must be one of/);
  assert.equal((await it.ended()).code, 1);
});

test('a file is replaced whole, with its mode, and leaves nothing beside it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-runtime-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'identity.json');
  await writeFileAtomic(path, 'one');
  await Promise.all([writeFileAtomic(path, 'two'.repeat(10_000)), writeFileAtomic(path, 'six'.repeat(10_000))]);
  assert.match(await readFile(path, 'utf8'), /^(two){10000}$|^(six){10000}$/);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await mkdir(join(directory, 'sub'));
  await assert.rejects(writeFileAtomic(join(directory, 'sub'), 'over a directory'));
  assert.deepEqual(await readdir(directory), ['identity.json', 'sub']);
});

test('free space is told in bytes', async () => {
  const { freeBytes, totalBytes } = await freeSpace('/');
  assert.ok(freeBytes >= 0 && totalBytes > 1_000_000 && freeBytes <= totalBytes);
});
