import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createProgramShells } from './program-shells.ts';

const soon = (): AbortSignal => AbortSignal.timeout(60_000);

test('tells how a program ended and what it said, both ways', async () => {
  const shells = createProgramShells();
  const result = await shells.run('sh', ['-c', 'printf out; printf err >&2; exit 3'], { signal: soon() });
  assert.deepEqual(result, { code: 3, stdout: 'out', stderr: 'err' });
});

test('arguments and input arrive as they are, whatever a shell would make of them', async () => {
  const shells = createProgramShells();
  const words = ["it's", '$HOME `id` \\ "', '', 'two\nlines', '-n'];
  const { stdout } = await shells.run('printf', ['[%s]', ...words], { signal: soon() });
  assert.equal(stdout, words.map((word) => `[${word}]`).join(''));
  const input = "$HOME `id` \\\n'EOF'\n";
  assert.equal((await shells.run('cat', [], { signal: soon(), input })).stdout, input);
  assert.equal((await shells.run('cat', [], { signal: soon() })).stdout, '');
});

test('a shell runs one program after the other, and many run at once', async () => {
  const shells = createProgramShells();
  const parent = async (): Promise<string> => (await shells.run('sh', ['-c', 'echo $PPID'], { signal: soon() })).stdout;
  assert.equal(await parent(), await parent());
  const parents = await Promise.all(Array.from({ length: 30 }, parent));
  assert.equal(new Set(parents).size, 8);
});

test('a script gets its parameters, and leaves no trace in the shell', async () => {
  const shells = createProgramShells();
  const first = await shells.runScript('cd /; trace=left; printf "%s|" "$@"; exit 4', ['a b', '$c'], { signal: soon() });
  assert.deepEqual(first, { code: 4, stdout: 'a b|$c|', stderr: '' });
  const second = await shells.runScript('echo "$trace$#"; [ "$PWD" = / ]', [], { signal: soon() });
  assert.deepEqual(second, { code: 1, stdout: '0\n', stderr: '' });
});

test('much output comes whole', async () => {
  const shells = createProgramShells();
  const { stdout } = await shells.run('seq', ['200000'], { signal: soon() });
  assert.equal(stdout.split('\n').length, 200_001);
});

test('a program that is not there', async () => {
  const shells = createProgramShells();
  await assert.rejects(shells.run('no-such-program-of-pilvi', [], { signal: soon() }), { code: 'ENOENT' });
  const again = await shells.run('sh', ['-c', 'exit 127'], { signal: soon() });
  assert.equal(again.code, 127);
  // What a program looked for is not the program.
  const inner = await shells.run('sh', ['-c', 'no-such-tool-of-pilvi'], { signal: soon() });
  assert.equal(inner.code, 127);
  assert.match(inner.stderr, /no-such-tool-of-pilvi/);
});

test('a program that is broken off is killed, with all that it started, and the next one runs', async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'pilvi-shells-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  const pidFile = join(scratch, 'pid');
  const shells = createProgramShells();
  const over = new AbortController();
  const running = shells.run('sh', ['-c', 'echo $$ > "$1"; sleep 1000 | cat', 'sh', pidFile], { signal: over.signal });
  let pid = '';
  while (pid === '') {
    await sleep(10);
    pid = readText(pidFile).trim();
  }
  over.abort(new Error('enough'));
  await assert.rejects(running, /enough/);
  while (/^State:\s+[RSD]/m.test(readText(`/proc/${pid}/status`))) await sleep(10);
  assert.equal((await shells.run('echo', ['on'], { signal: soon() })).stdout, 'on\n');
});

test('a shell that was killed while it had nothing to do is replaced', async () => {
  const shells = createProgramShells();
  const parent = async (): Promise<number> => Number((await shells.run('sh', ['-c', 'echo $PPID'], { signal: soon() })).stdout);
  const first = await parent();
  process.kill(first, 'SIGKILL');
  while (readText(`/proc/${first}/status`) !== '') await sleep(10);
  assert.notEqual(await parent(), first);
});

test('a shell that is not there is told', async () => {
  const shells = createProgramShells({ shell: ['/no/such/shell'] });
  await assert.rejects(shells.run('true', [], { signal: soon() }), { code: 'ENOENT' });
});

test('its shells end with a process, and hold it up no longer than their programs run', async () => {
  const script = `
    import { createProgramShells } from ${JSON.stringify(new URL('program-shells.ts', import.meta.url).href)};
    const { stdout } = await createProgramShells().run('sh', ['-c', 'sleep 0.2; echo $PPID'], { signal: AbortSignal.timeout(60000) });
    console.log(stdout.trim());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const shell = Number(stdout);
  assert.ok(shell > 0);
  while (/^State:\s+[RSD]/m.test(readText(`/proc/${shell}/status`))) await sleep(10);
});

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
