import { rm, writeFile } from 'node:fs/promises';
import { Power } from '@pilvi/contracts/compute/v1/instance';
import type { DesiredInstance, ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import { taskId } from '@pilvi/instance-driver';
import { attachmentOf } from '@pilvi/instance-network';
import { createSemaphore } from '@pilvi/runtime';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import type { ImageSource } from '../images/image-source.ts';
import { consoleFile, CONSOLE_BYTES, endRun, prepareRun } from './begin-run.ts';
import type { RunComponents } from './begin-run.ts';
import { nextSlot } from './id-ranges.ts';
import type { Carried } from './instance-record.ts';
import type { InstanceStore } from './instance-store.ts';
import { recallInstances, takeOver } from './kept-instance.ts';
import type { Kept } from './kept-instance.ts';
import { nextStep } from './next-step.ts';
import type { Step } from './next-step.ts';
import { readOutput } from './read-output.ts';
import { observedInstance } from './observed.ts';
import type { Doing } from './observed.ts';
import { openReadyRoots } from './ready-roots.ts';
import { ENDED_BY_ITSELF, reasonOfFailure } from './state-reasons.ts';
import { waitForEnd } from './wait-for-end.ts';

export interface KeeperComponents extends RunComponents {
  readonly images: ImageSource;
  readonly store: InstanceStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  /** Something that gateways are told has changed. */
  readonly onChange: () => void;
}

/** Keeps the instances of this node as they are wanted. Each has its own queue of one; nothing done for one waits for another. */
export interface InstanceKeeper {
  /** Takes what is newer than what is known: durable when it resolves, carried out afterwards. */
  desire(desired: DesiredInstance): Promise<void>;
  /** Forgets an instance that is gone. */
  forget(instanceId: string): Promise<void>;
  observed(): readonly ObservedInstance[];
  /** The instance that has this private address now. */
  at(privateAddress: string): DesiredInstance | undefined;
  /** The latest output; undefined when there is no such instance. */
  console(instanceId: string, maxBytes: number): Promise<{ output: Buffer; writtenMs: number } | undefined>;
  /** Resolves when nothing is left to do for the instance. */
  settled(instanceId: string): Promise<void>;
  /** Ends every run, all at once; what ran runs again when a later keeper begins. Nothing is carried out any more. */
  stopAll(): Promise<void>;
}

/** How long any part of a run may take to be made or taken away; images take as long as they take. */
const STEP_BOUND_MS = 60_000;
const RETRY_MS = 2_000;
/** Whoever stops the cluster does not wait for as long as one who stops an instance. */
const STOP_ALL_GRACE_MS = 10_000;

/** Begins with what an earlier keeper left, and looks at all of it. */
export async function createInstanceKeeper(components: KeeperComponents): Promise<InstanceKeeper> {
  const { driver, store, network, disks, images, clock, log, supervisor, onChange } = components;
  const kept = await recallInstances(components, bound());
  const telling = createSemaphore(1);
  let isStopping = false;
  const slot = (): number =>
    nextSlot(
      [...kept.values()].map(({ record }) => record.carried),
      ready.slots(),
    );
  const ready = await openReadyRoots({ disks, clock, supervisor, log, nextSlot: slot });
  driver.onChange((id) => due(id));
  for (const id of kept.keys()) due(id);

  function due(id: string): void {
    const entry = kept.get(id);
    if (entry === undefined || isStopping) return;
    entry.isDue = true;
    if (entry.work !== undefined) return;
    const done = Promise.withResolvers<undefined>();
    entry.work = done.promise;
    supervisor.run(`instance ${id}`, async () => {
      while (entry.isDue && !isStopping) {
        entry.isDue = false;
        await settle(entry).catch(async (error: unknown) => {
          log.error({ err: error, instanceId: id }, 'an instance cannot be brought to where it should be: again soon');
          await clock.sleep(RETRY_MS, supervisor.signal).catch(() => undefined);
          entry.isDue = true;
        });
      }
      entry.work = undefined;
      done.resolve(undefined);
    });
  }

  async function settle(entry: Kept): Promise<void> {
    for (;;) {
      const id = taskId(entry.record.desired.instanceId);
      const step = nextStep(entry.record, await driver.inspect(id, bound()));
      if (step.kind === 'rest' || isStopping) return applyToRunning(entry);
      await act(entry, step);
    }
  }

  /** Groups and addresses of a running instance may have changed. */
  async function applyToRunning({ record }: Kept): Promise<void> {
    if (record.carried.phase === 'up' && !isStopping) await network.attach(attachmentOf(record.desired));
    onChange();
  }

  async function act(entry: Kept, step: Exclude<Step, { kind: 'rest' }>): Promise<void> {
    const { desired, carried } = entry.record;
    switch (step.kind) {
      case 'launch':
        return launch(entry, { ...carried, starts: desired.starts, reboots: desired.reboots });
      case 'bring-back':
        return launch(entry, carried);
      case 'adopt':
        return change(entry, {
          ...carried,
          phase: 'up',
          starts: desired.starts,
          reboots: desired.reboots,
          userDataGiven: true,
          runningSinceMs: clock.wallMs(),
        });
      case 'reboot':
        await during(entry, 'launching', (signal) => askToEnd(entry, signal));
        return launch(entry, { ...carried, reboots: desired.reboots });
      case 'stop':
        return during(entry, 'stopping', async (signal) => {
          const exit = await askToEnd(entry, signal);
          await change(entry, { ...carried, phase: 'down', ...(exit !== undefined && { exit }) });
        });
      case 'note-end':
        return during(entry, step.then === 'gone' ? 'terminating' : 'stopping', async () => {
          await takeRunAway(entry);
          if (step.then === 'gone') await disks.remove(desired.instanceId, bound());
          await change(entry, { ...carried, phase: step.then, exit: step.exit, reason: ENDED_BY_ITSELF });
        });
      case 'terminate':
        return during(entry, 'terminating', async (signal) => {
          await askToEnd(entry, signal);
          await disks.remove(desired.instanceId, bound());
          await rm(consoleFile(components, desired.instanceId), { force: true });
          await change(entry, { ...carried, phase: 'gone' });
        });
    }
  }

  /** `then` is what will have been carried out when it runs. */
  async function launch(entry: Kept, then: Carried): Promise<void> {
    const { desired } = entry.record;
    await during(entry, 'launching', async (signal) => {
      try {
        const image = then.imageDigest === undefined ? await images.ensure(desired.image!, signal) : await images.get(then.imageDigest);
        const diskBytes = Number(desired.limits!.diskBytes);
        const root = then.idSlot === undefined ? ready.take(image, diskBytes) : undefined;
        const { reason: _reason, ...unexplained } = then;
        const begun: Carried = {
          ...unexplained,
          imageDigest: image.digest,
          idSlot: then.idSlot ?? root?.slot ?? slot(),
          runningSinceMs: clock.wallMs(),
        };
        // The range of ids before the first file that has one: a disk must never be mounted with another.
        await change(entry, { ...entry.record.carried, imageDigest: image.digest, idSlot: begun.idSlot! });
        if (root !== undefined) await disks.rename(root.id, desired.instanceId);
        await prepareRun(components, { desired, carried: begun, image }, signal);
        // Before its first instruction: user-data must not run twice, whatever dies now. A run that was noted and not begun is brought back.
        await change(entry, { ...begun, phase: 'up', userDataGiven: true });
        await driver.start(taskId(desired.instanceId), bound());
        ready.replenish(image, diskBytes);
      } catch (error) {
        await endRun(components, desired.instanceId);
        // Something else is wanted now: that is looked at next.
        if (signal.aborted) return;
        log.warn({ err: error, instanceId: desired.instanceId }, 'an instance could not be launched');
        const isFirst = then.starts <= 1n && entry.record.carried.phase === 'new';
        if (isFirst) await disks.remove(desired.instanceId, bound());
        await change(entry, { ...then, phase: isFirst ? 'gone' : 'down', reason: reasonOfFailure(error) });
      }
    });
  }

  /** Asks the first process to end, kills it after a while, and takes its run away. Tells how it ended, if it ran. */
  async function askToEnd(entry: Kept, signal: AbortSignal, graceBoundMs = Infinity): Promise<Carried['exit']> {
    const { instanceId, force, power, stopGraceMs } = entry.record.desired;
    const graceMs = force || power === Power.TERMINATED ? 0 : Math.min(stopGraceMs, graceBoundMs);
    const exit = await waitForEnd({ driver, clock }, taskId(instanceId), graceMs, signal);
    await takeRunAway(entry);
    return exit;
  }

  async function takeRunAway({ record: { desired } }: Kept): Promise<void> {
    const output = await driver.readConsole(taskId(desired.instanceId), CONSOLE_BYTES).catch(() => undefined);
    if (output !== undefined) await writeFile(consoleFile(components, desired.instanceId), output, { mode: 0o600 });
    await endRun(components, desired.instanceId);
  }

  async function during(entry: Kept, doing: Doing, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    entry.doing = doing;
    entry.breakOff = new AbortController();
    onChange();
    try {
      await work(AbortSignal.any([entry.breakOff.signal, supervisor.signal]));
    } finally {
      entry.doing = undefined;
      entry.breakOff = undefined;
      onChange();
    }
  }

  async function change(entry: Kept, carried: Carried): Promise<void> {
    // What is wanted may have become newer while this was being done.
    entry.record = { ...entry.record, carried };
    await store.putInstance(entry.record);
    onChange();
  }

  return {
    async desire(desired) {
      // Every gateway tells it, at the same time: one after the other, or there would be two of it.
      const release = await telling.acquire();
      const current = await takeOver(desired, kept, store).finally(release);
      if (current === undefined) return;
      if (desired.power !== Power.RUNNING && (current.doing === 'launching' || desired.force || desired.power === Power.TERMINATED))
        current.breakOff?.abort();
      due(desired.instanceId);
    },
    async forget(instanceId) {
      if (kept.get(instanceId)?.record.carried.phase !== 'gone') return;
      await store.deleteInstance(instanceId);
      kept.delete(instanceId);
    },
    observed: () =>
      [...kept.values()].map(({ record, doing }) => observedInstance(record, doing, network.problem(record.desired.instanceId))),
    at: (privateAddress) =>
      [...kept.values()].find(
        ({ record: { desired, carried } }) =>
          carried.phase !== 'gone' && desired.interfaces.some((each) => each.privateAddress === privateAddress),
      )?.record.desired,
    console: async (instanceId, maxBytes) => (kept.has(instanceId) ? readOutput(components, instanceId, maxBytes) : undefined),
    async settled(instanceId) {
      for (let entry = kept.get(instanceId); entry?.work !== undefined;) await entry.work;
    },
    async stopAll() {
      isStopping = true;
      const ends = await Promise.allSettled([
        ready.close(),
        ...[...kept.values()].map(async (entry) => {
          entry.breakOff?.abort();
          await entry.work;
          if (entry.record.carried.phase !== 'up') return;
          await during(entry, 'stopping', (signal) => askToEnd(entry, signal, STOP_ALL_GRACE_MS));
          // It is to run, and does not: the next start brings it back.
          entry.doing = 'launching';
          onChange();
        }),
      ]);
      for (const end of ends) if (end.status === 'rejected') log.error({ err: end.reason as unknown }, 'an instance could not be ended');
    },
  };
}

function bound(): AbortSignal {
  return AbortSignal.timeout(STEP_BOUND_MS);
}
