import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Supervisor } from './supervisor.ts';
import { SupervisedProcess, WELL_WHEN_KILLED_AFTER_MS } from './supervised-process.ts';
import type { ProcessReport } from './process-report.ts';
import { createTemporaryCluster } from './testing/temporary-cluster.ts';
import type { TemporaryCluster } from './testing/temporary-cluster.ts';

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!condition()) {
    assert.ok(performance.now() < deadlineMs, `never came: ${what}`);
    await sleep(5);
  }
}

const logOf = (cluster: TemporaryCluster, name: string): string => {
  const file = join(cluster.paths.logDir, `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
const runs = (cluster: TemporaryCluster, name: string, times = 1): Promise<void> =>
  until(() => logOf(cluster, name).split(`running ${name}`).length > times, `${name} running, ${String(times)} times`);

test('a killed process is back at once, with its pid in its file', async () => {
  await using cluster = await createTemporaryCluster();
  const seen: ProcessReport[] = [];
  const supervisor = await Supervisor.open([cluster.plan('storage-1')], cluster.paths, (report) => seen.push(report));
  await supervisor.startAll();
  await runs(cluster, 'storage-1');
  const before = supervisor.reports()[0]!;
  supervisor.kill('storage-1');
  await until(() => seen.filter((report) => report.state === 'running').length === 2, 'a second start');
  assert.deepEqual(
    seen.map((report) => report.state),
    ['running', 'crashed', 'running'],
  );
  const after = supervisor.reports()[0]!;
  assert.notEqual(after.pid, before.pid);
  assert.deepEqual([after.restarts, after.lastEnd], [1, 'SIGKILL']);
  assert.equal(readFileSync(join(cluster.paths.runDir, 'storage-1.pid'), 'utf8'), `${String(after.pid)}\n`);
  await supervisor.shutDown();
});

test('a killed process is started again no sooner than its plan says', async () => {
  await using cluster = await createTemporaryCluster();
  const restartAfterMs = 300;
  const seen: { state: string; atMs: number }[] = [];
  const plan = { ...cluster.plan('storage-1'), restartAfterMs };
  const supervisor = await Supervisor.open([plan], cluster.paths, ({ state }) => seen.push({ state, atMs: performance.now() }));
  await supervisor.startAll();
  await runs(cluster, 'storage-1');
  supervisor.kill('storage-1');
  await until(() => seen.length === 3, 'a second start');
  assert.deepEqual(
    seen.map(({ state }) => state),
    ['running', 'crashed', 'running'],
  );
  // Timers may fire a little early.
  assert.ok(seen[2]!.atMs - seen[1]!.atMs > restartAfterMs - 10);
  await supervisor.shutDown();
});

test('what was stopped on purpose stays down, over a restart of the supervisor too', async () => {
  await using cluster = await createTemporaryCluster();
  const plans = [cluster.plan('storage-1'), cluster.plan('storage-2')];
  const first = await Supervisor.open(plans, cluster.paths, () => undefined);
  await first.startAll();
  await Promise.all([runs(cluster, 'storage-1'), runs(cluster, 'storage-2')]);
  assert.equal((await first.stop('storage-1')).state, 'stopped');
  assert.ok(!existsSync(join(cluster.paths.runDir, 'storage-1.pid')));
  assert.throws(() => first.kill('storage-1'), { code: 'refused' });
  await first.shutDown();

  const second = await Supervisor.open(plans, cluster.paths, () => undefined);
  await second.startAll();
  assert.deepEqual(
    second.reports().map((report) => report.state),
    ['stopped', 'running'],
  );
  assert.equal((await second.start('storage-1')).state, 'running');
  await Promise.all([runs(cluster, 'storage-1', 2), runs(cluster, 'storage-2', 2)]);
  await second.shutDown();

  const third = await Supervisor.open(plans, cluster.paths, () => undefined);
  await third.startAll();
  assert.deepEqual(
    third.reports().map((report) => report.state),
    ['running', 'running'],
  );
  await third.shutDown();
});

test('a process that keeps crashing is tried again, ever more slowly', async () => {
  await using cluster = await createTemporaryCluster();
  const supervisor = await Supervisor.open([cluster.plan('storage-1', { FAKE_CRASH: '1' })], cluster.paths, () => undefined);
  await supervisor.startAll();
  await until(() => supervisor.reports()[0]!.crashes >= 3, 'three crashes');
  assert.match(supervisor.reports()[0]!.lastEnd, /exit code 1/);
  assert.match(logOf(cluster, 'storage-1'), /as told/);
  await supervisor.shutDown();
  assert.equal(supervisor.reports()[0]!.state, 'stopped');
  assert.ok(!existsSync(join(cluster.paths.runDir, 'storage-1.pid')));
});

test('one that ran well and is killed again and again is back at once each time', async () => {
  await using cluster = await createTemporaryCluster();
  const supervisor = await Supervisor.open([cluster.plan('storage-1')], cluster.paths, () => undefined);
  await supervisor.startAll();
  for (let kill = 1; kill <= 3; kill++) {
    await runs(cluster, 'storage-1', kill);
    await sleep(WELL_WHEN_KILLED_AFTER_MS);
    supervisor.kill('storage-1');
    await until(() => supervisor.reports()[0]!.restarts === kill, `restart ${String(kill)}`);
    assert.equal(supervisor.reports()[0]!.crashes, 1);
  }
  await supervisor.shutDown();
});

test('an understudy takes the place of a killed process, and leaves with the one that is stopped', async () => {
  await using cluster = await createTemporaryCluster();
  const supervisor = await Supervisor.open([{ ...cluster.plan('gateway-1'), understudy: true }], cluster.paths, () => undefined);
  const understudies = (): number[] =>
    [...logOf(cluster, 'gateway-1').matchAll(/standing by for gateway-1: (\d+)/g)].map(([, pid]) => Number(pid));
  await supervisor.startAll();
  await until(() => understudies().length === 1, 'an understudy');
  supervisor.kill('gateway-1');
  await runs(cluster, 'gateway-1', 2);
  assert.equal(supervisor.reports()[0]!.pid, understudies()[0]);
  await until(() => understudies().length === 2, 'the next understudy');
  await supervisor.shutDown();
  await until(() => !existsSync(`/proc/${String(understudies()[1])}`), 'the end of the understudy');
});

test('the gateway has ended before a storage node is asked to', async () => {
  await using cluster = await createTemporaryCluster();
  const seen: string[] = [];
  const plans = [cluster.plan('gateway-1'), cluster.plan('storage-1')];
  const supervisor = await Supervisor.open(plans, cluster.paths, (report) => seen.push(`${report.name} ${report.state}`));
  await supervisor.startAll();
  await Promise.all([runs(cluster, 'gateway-1'), runs(cluster, 'storage-1')]);
  await supervisor.shutDown();
  assert.deepEqual(seen.slice(-4), ['gateway-1 stopping', 'gateway-1 stopped', 'storage-1 stopping', 'storage-1 stopped']);
});

test('a compute node that was killed a moment ago is there again before it is asked to stop: it has instances to end', async () => {
  await using cluster = await createTemporaryCluster();
  // Without more it would be started again after the cluster is gone.
  const plan = { ...cluster.plan('compute-1'), restartAfterMs: 60_000 };
  for (const moment of ['as it dies', 'as it dies by another hand', 'while it waits for its restart', 'as it starts']) {
    const supervisor = await Supervisor.open([plan], cluster.paths, () => undefined);
    await supervisor.startAll();
    if (moment !== 'as it starts') {
      await until(() => logOf(cluster, 'compute-1').endsWith('running compute-1\n'), 'the compute node');
      if (moment === 'as it dies by another hand') process.kill(supervisor.reports()[0]!.pid, 'SIGKILL');
      else supervisor.kill('compute-1');
    }
    if (moment === 'while it waits for its restart') await until(() => supervisor.reports()[0]!.state === 'crashed', 'its end');
    await supervisor.shutDown();
    assert.equal(supervisor.reports()[0]!.lastEnd, 'exit code 0', moment);
    assert.ok(logOf(cluster, 'compute-1').endsWith('running compute-1\nstopping\n'), moment);
  }
});

test('one that does not stop is killed', async () => {
  await using cluster = await createTemporaryCluster();
  const supervisor = await Supervisor.open([cluster.plan('storage-1', { FAKE_STUBBORN: '1' })], cluster.paths, () => undefined);
  await supervisor.startAll();
  await runs(cluster, 'storage-1');
  const stopping = supervisor.shutDown();
  await until(() => logOf(cluster, 'storage-1').includes('stopping'), 'the request to stop');
  supervisor.killAll();
  await stopping;
  assert.equal(supervisor.reports()[0]!.lastEnd, 'SIGKILL');
});

test('one whose start hangs is not waited for without end', async () => {
  await using cluster = await createTemporaryCluster();
  const hanging = new SupervisedProcess(cluster.plan('compute-1', { FAKE_DUMB: '1' }), cluster.paths, () => undefined);
  await hanging.start();
  await runs(cluster, 'compute-1');
  await hanging.stopByItself(300);
  assert.equal(hanging.report().lastEnd, 'exit code 0');
});

test('a name that is not there is refused', async () => {
  await using cluster = await createTemporaryCluster();
  const supervisor = await Supervisor.open([cluster.plan('storage-1')], cluster.paths, () => undefined);
  await assert.rejects(supervisor.stop('storage-9'), { code: 'refused' });
});
