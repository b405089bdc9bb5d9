import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { DriverErrorCode } from './errors.ts';
import { DriverError } from './errors.ts';
import type { InstanceDriver, TaskExit, TaskState } from './instance-driver.ts';
import { taskId } from './task-spec.ts';
import type { TaskId, TaskSpec } from './task-spec.ts';

/** A machine with a driver on it. */
export interface DriverUnderTest extends AsyncDisposable {
  readonly driver: InstanceDriver;
  /** Disposes of the driver and opens a later one over the same state. */
  reopen(): Promise<InstanceDriver>;
  /** A root with the programs `true`, `echo`, `sleep`, `cat`, `env`, whose files belong to `idRange`. */
  readonly root: Pick<TaskSpec, 'rootDirectory' | 'idRange'>;
  /** The command that ends with this code. */
  exiting(code: number): readonly string[];
}

const LONG = ['sleep', '600'];
const WAIT_MS = 30_000;
const signal = (): AbortSignal => AbortSignal.timeout(WAIT_MS);

/** What every driver must do. */
export function testInstanceDriver(name: string, open: () => Promise<DriverUnderTest>): void {
  const check = (what: string, run: (subject: DriverUnderTest, id: TaskId) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => {
      await using subject = await open();
      await run(subject, taskId('i-0a'));
    });
  };
  const spec = ({ root }: DriverUnderTest, argv: readonly string[], changes: Partial<TaskSpec> = {}): TaskSpec => ({
    id: taskId('i-0a'),
    ...root,
    command: { argv, env: { PATH: '/bin', COLOUR: 'blue' }, cwd: '/', user: { uid: 0, gid: 0 } },
    hostname: 'ip-10-0-0-1',
    mounts: [],
    limits: { vcpus: 1, memoryBytes: 64 * 1024 * 1024, pids: 50 },
    consoleBytes: 4096,
    ...changes,
  });
  const begin = async (subject: DriverUnderTest, argv: readonly string[]): Promise<number> => {
    const { pid } = await subject.driver.create(spec(subject, argv), signal());
    await subject.driver.start(taskId('i-0a'), signal());
    return pid;
  };

  check('a task waits for its start, runs, and ends with its exit code', async (subject, id) => {
    const { driver } = subject;
    assert.deepEqual(await driver.inspect(id, signal()), { kind: 'absent' });
    const { pid } = await driver.create(spec(subject, subject.exiting(7)), signal());
    assert.deepEqual(await driver.inspect(id, signal()), { kind: 'created', pid });
    assert.deepEqual(await driver.list(), [id]);
    const exit = untilExit(driver, id);
    await driver.start(id, signal());
    const { code, outOfMemory, finishedMs } = await exit;
    assert.deepEqual(
      { code, outOfMemory, isRecent: Math.abs(Date.now() - finishedMs) < 60_000 },
      { code: 7, outOfMemory: false, isRecent: true },
    );
  });

  check('what it writes is on its console, the latest of it', async (subject, id) => {
    const { driver } = subject;
    const exit = untilExit(driver, id);
    await begin(subject, ['env']);
    await exit;
    assert.match((await driver.readConsole(id, 4096)).toString(), /^COLOUR=blue$/m);
    assert.equal((await driver.readConsole(id, 3)).length, 3);
  });

  check('its console is followed from the begin to the end', async (subject, id) => {
    await begin(subject, LONG);
    const followed = text(subject.driver.followConsole(id, signal()));
    const exit = untilExit(subject.driver, id);
    await subject.driver.kill(id, 'SIGKILL', signal());
    await exit;
    assert.equal(await followed, '');
    await subject.driver.destroy(id, signal());
    await subject.driver.create(spec(subject, ['env']), signal());
    const later = text(subject.driver.followConsole(id, signal()));
    await subject.driver.start(id, signal());
    assert.match(await later, /^COLOUR=blue$/m);
    assert.match(await text(subject.driver.followConsole(id, signal())), /^COLOUR=blue$/m);
    await assert.rejects(text(subject.driver.followConsole(taskId('i-0b'), signal())), withCode('absent'));
  });

  check('signals end it, and the exit code names them', async (subject, id) => {
    await begin(subject, LONG);
    const exit = untilExit(subject.driver, id);
    await subject.driver.kill(id, 'SIGKILL', signal());
    assert.equal((await exit).code, 137);
    await assert.rejects(subject.driver.kill(id, 'SIGTERM', signal()), withCode('wrong-state'));
    await assert.rejects(subject.driver.exec(id, { argv: ['true'] }, signal()), withCode('wrong-state'));
  });

  check('a later driver finds it running, with the same process, and sees how it ends', async (subject, id) => {
    const pid = await begin(subject, LONG);
    const later = await subject.reopen();
    assert.deepEqual(await later.list(), [id]);
    assert.deepEqual(await later.inspect(id, signal()), { kind: 'running', pid });
    const exit = untilExit(later, id);
    await later.kill(id, 'SIGKILL', signal());
    assert.equal((await exit).code, 137);
    const last = await subject.reopen();
    assert.equal(((await last.inspect(id, signal())) as { exit: TaskExit }).exit.code, 137);
  });

  check('commands run in it, with their own streams, environment and exit code', async (subject, id) => {
    await begin(subject, LONG);
    const env = await subject.driver.exec(id, { argv: ['env'], env: { SIZE: 'big' } }, signal());
    const [told] = await Promise.all([text(env.stdout), text(env.stderr)]);
    assert.equal(await env.exited, 0);
    assert.match(told, /^COLOUR=blue$/m);
    assert.match(told, /^SIZE=big$/m);
    const cat = await subject.driver.exec(id, { argv: ['cat'] }, signal());
    cat.stdin.end('to and fro');
    assert.equal(await text(cat.stdout), 'to and fro');
    const seven = await subject.driver.exec(id, { argv: subject.exiting(7) }, signal());
    assert.equal(await seven.exited, 7);
    const none = await subject.driver.exec(id, { argv: ['no-such-program'] }, signal());
    assert.equal(await none.exited, 127);
    assert.equal((await subject.driver.inspect(id, signal())).kind, 'running');
    assert.ok((await subject.driver.usage(id)).pids >= 1);
  });

  check('a command in it can be killed, and ends with it', async (subject, id) => {
    await begin(subject, LONG);
    const cat = await subject.driver.exec(id, { argv: ['cat'] }, signal());
    cat.stdin.write('begun');
    await once(cat.stdout, 'data');
    cat.kill('SIGKILL');
    assert.equal(await cat.exited, 137);
    const other = await subject.driver.exec(id, { argv: ['cat'] }, signal());
    other.stdin.write('begun');
    await once(other.stdout, 'data');
    await subject.driver.kill(id, 'SIGKILL', signal());
    assert.equal(await other.exited, 137);
  });

  check('destroying ends it and leaves nothing; its id is free again', async (subject, id) => {
    const { driver } = subject;
    await begin(subject, LONG);
    await driver.destroy(id, signal());
    assert.deepEqual(await driver.inspect(id, signal()), { kind: 'absent' });
    assert.deepEqual(await driver.list(), []);
    await driver.destroy(id, signal());
    const exit = untilExit(driver, id);
    await begin(subject, ['true']);
    assert.equal((await exit).code, 0);
  });

  check('what cannot be is refused, and leaves nothing', async (subject, id) => {
    const { driver } = subject;
    const limits = spec(subject, LONG).limits;
    for (const bad of [
      spec(subject, []),
      spec(subject, LONG, { limits: { ...limits, memoryBytes: 1 } }),
      spec(subject, LONG, { limits: { ...limits, vcpus: 0 } }),
      spec(subject, LONG, { limits: { ...limits, pids: 0 } }),
      spec(subject, LONG, { hostname: 'not a name' }),
      spec(subject, LONG, { idRange: { firstId: 0, count: 65_536 } }),
      spec(subject, LONG, { rootDirectory: 'relative' }),
    ])
      await assert.rejects(driver.create(bad, signal()), withCode('bad-spec'));
    await assert.rejects(driver.create(spec(subject, ['no-such-program']), signal()), withCode('command-not-found'));
    assert.deepEqual(await driver.list(), []);
    await driver.create(spec(subject, LONG), signal());
    await assert.rejects(driver.create(spec(subject, LONG), signal()), withCode('exists'));
    await assert.rejects(driver.exec(id, { argv: ['true'] }, signal()), withCode('wrong-state'));
    const other = taskId('i-0b');
    await assert.rejects(driver.start(other, signal()), withCode('absent'));
    await assert.rejects(driver.kill(other, 'SIGTERM', signal()), withCode('absent'));
    await assert.rejects(driver.exec(other, { argv: ['true'] }, signal()), withCode('absent'));
    await assert.rejects(driver.readConsole(other, 1), withCode('absent'));
    await assert.rejects(driver.usage(other), withCode('absent'));
  });
}

/** Waits to be told that the task changed, and reads how it ended. */
export async function untilExit(driver: InstanceDriver, id: TaskId): Promise<TaskExit> {
  const ended = Promise.withResolvers<TaskExit>();
  const look = (changed: TaskId): void => {
    if (changed === id)
      void driver.inspect(id, signal()).then((state: TaskState) => state.kind === 'exited' && ended.resolve(state.exit), ended.reject);
  };
  const end = driver.onChange(look);
  look(id);
  try {
    return await ended.promise;
  } finally {
    end();
  }
}

function withCode(code: DriverErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof DriverError && error.code === code;
}
