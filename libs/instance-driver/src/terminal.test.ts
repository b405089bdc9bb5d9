import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { ExecSession, InstanceDriver } from './instance-driver.ts';
import { taskId } from './task-spec.ts';
import { ID_RANGE, openCrunMachine, whyNoCrun } from './testing/crun-machine.ts';
import type { CrunMachine } from './testing/crun-machine.ts';

const id = taskId('i-0c');
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

describe('a terminal in a task', { skip: whyNoCrun() }, () => {
  let machine: CrunMachine;
  let driver: InstanceDriver;
  before(async () => {
    machine = await openCrunMachine();
    driver = machine.driver;
    await driver.create(
      {
        id,
        rootDirectory: machine.rootDirectory,
        idRange: ID_RANGE,
        command: { argv: ['sleep', '600'], env: { PATH: '/bin' }, cwd: '/', user: { uid: 0, gid: 0 } },
        hostname: 'inside',
        mounts: [],
        limits: { vcpus: 1, memoryBytes: 64 * 1024 * 1024, pids: 50 },
        consoleBytes: 4096,
      },
      signal(),
    );
    await driver.start(id, signal());
  });
  after(() => machine[Symbol.asyncDispose]());

  const open = (...argv: readonly string[]): Promise<ExecSession> =>
    driver.exec(id, { argv, env: { TERM: 'xterm-256color' }, terminal: { columns: 91, rows: 33 } }, signal());

  /** Reads until these words have come. */
  async function until(session: ExecSession, words: RegExp): Promise<string> {
    let said = '';
    for await (const part of session.stdout.iterator({ destroyOnReturn: false })) {
      said += String(part);
      if (words.test(said)) return said;
    }
    throw new Error(`it ended with: ${said}`);
  }

  it('is one to the command, of the size that was asked for and that is asked for later', async () => {
    const shell = await open('sh');
    shell.stdin.write('tty; stty size; echo "$TERM" is "ready"\n');
    assert.match(await until(shell, /is ready/), /\/dev\/pts\/\d+[^]*33 91[^]*xterm-256color/);
    shell.resize({ columns: 120, rows: 50 });
    shell.stdin.write('stty size; echo re"sized"\n');
    let said = await until(shell, /resized/);
    // The kernel's word for a new size comes a moment later than the call.
    for (let tries = 0; !said.includes('50 120') && tries < 100; tries++) {
      await sleep(50);
      shell.stdin.write('stty size; echo re"sized"\n');
      said = await until(shell, /resized/);
    }
    assert.match(said, /50 120/);
    shell.stdin.write('exit 5\n');
    shell.stdout.resume();
    assert.equal(await shell.exited, 5);
  });

  it('has the confinement of the task', async () => {
    const shell = await open('sh', '-c', 'grep -E "^(Seccomp|NoNewPrivs|CapBnd):" /proc/self/status; cat /proc/self/uid_map; sleep 0.1');
    const said = await until(shell, new RegExp(String(ID_RANGE.firstId)));
    const first = await driver.exec(id, { argv: ['grep', '-E', '^(Seccomp|NoNewPrivs|CapBnd):', '/proc/1/status'] }, signal());
    const expected = await until(first, /Seccomp:\s+2/);
    assert.deepEqual(
      said.split(/\r?\n/).filter((line) => line.includes(':')),
      expected.trim().split('\n'),
    );
  });

  it('passes Ctrl-C to what runs in it', async () => {
    const shell = await open('sh');
    shell.stdin.write('echo be"gun"; sleep 600\n');
    await until(shell, /begun/);
    await sleep(100);
    shell.stdin.write('\x03');
    shell.stdin.write('echo code $?; exit\n');
    await until(shell, /code 130/);
    shell.stdout.resume();
    await shell.exited;
  });

  it('waits for a reader that does not read, and for a command that does not', async () => {
    const flood = await open('sh', '-c', 'yes');
    await sleep(500);
    assert.ok(flood.stdout.readableLength < 1024 * 1024, `${flood.stdout.readableLength} bytes are held`);
    flood.stdout.destroy();
    await flood.exited;
    const deaf = await open('sh', '-c', 'stty raw; echo deaf; sleep 600');
    await until(deaf, /deaf/);
    let taken = 0;
    for (let i = 0; i < 64; i++) deaf.stdin.write(Buffer.alloc(64 * 1024, 'x'), () => taken++);
    await sleep(300);
    assert.ok(taken < 8, `${taken} writes are said to be done`);
    deaf.kill('SIGKILL');
    deaf.stdout.resume();
    assert.equal(await deaf.exited, 137);
  });

  it('ends with the task', async () => {
    const shell = await open('sh');
    shell.stdin.write('echo be"gun"\n');
    await until(shell, /begun/);
    shell.stdout.resume();
    await driver.kill(id, 'SIGKILL', signal());
    assert.notEqual(await shell.exited, 0);
  });
});
