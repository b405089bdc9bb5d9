import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock, createSupervisor, silentLogger } from './index.ts';

const random = { fraction: () => 0, bytes: () => Buffer.alloc(0), hex: () => '' };

test('a failing task starts again with backoff, and is forgiven after a healthy time', async () => {
  const clock = createManualClock();
  const supervisor = createSupervisor({ log: silentLogger, clock, random });
  const startsMs: number[] = [];
  supervisor.run(
    'flaky',
    async (signal) => {
      startsMs.push(clock.monotonicMs());
      if (startsMs.length === 4) await clock.sleep(60_000, signal);
      throw new Error('again');
    },
    { onFailure: 'restart', backoff: { firstMs: 100, capMs: 300, factor: 2 } },
  );
  await clock.advance(0);
  await clock.advance(61_000);
  assert.deepEqual(startsMs.slice(0, 5), [0, 100, 300, 600, 60_700]);
  await supervisor.shutdown();
});

test('a task that fails without a restart stays ended; a fatal one is told', async () => {
  const fatal: unknown[] = [];
  const supervisor = createSupervisor({ log: silentLogger, onFatal: (error) => fatal.push(error) });
  supervisor.run('once', () => Promise.reject(new Error('logged')));
  supervisor.run(
    'vital',
    () => {
      throw new Error('fatal');
    },
    { onFailure: 'fatal' },
  );
  await new Promise(setImmediate);
  assert.deepEqual([supervisor.running.length, fatal.map(String)], [0, ['Error: fatal']]);
});

test('shutdown asks, waits, and starts nothing more', async () => {
  const clock = createManualClock();
  const supervisor = createSupervisor({ log: silentLogger, clock });
  let tidied = false;
  supervisor.run('loop', async (signal) => {
    await clock.sleep(1_000_000, signal).catch(() => undefined);
    await clock.sleep(50);
    tidied = true;
  });
  assert.deepEqual(supervisor.running, ['loop']);
  const stopped = supervisor.shutdown(1_000);
  await clock.advance(100);
  await stopped;
  assert.ok(tidied);
  assert.equal(clock.waiting, 0);
  supervisor.run('late', () => assert.fail('started after shutdown'));
  await supervisor.shutdown();
});

test('shutdown has a bound and names who does not end', async () => {
  const clock = createManualClock();
  const supervisor = createSupervisor({ log: silentLogger, clock });
  supervisor.run('stuck', () => new Promise(() => undefined));
  const stopped = assert.rejects(supervisor.shutdown(500), { code: 'shutdown-timeout', message: /stuck/ });
  await clock.advance(500);
  await stopped;
});
