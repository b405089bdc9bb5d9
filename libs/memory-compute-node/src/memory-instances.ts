import { type DesiredInstance, InstanceState, type ObservedInstance, Power, ShutdownBehavior } from '@pilvi/contracts/compute/v1/instance';
import type { Clock } from '@pilvi/runtime';

/** How long things take, milliseconds. */
export interface Pace {
  readonly launchMs: number;
  readonly stopMs: number;
}

export interface MemoryInstances {
  /** Follows what is newer than what is known. */
  desire(desired: DesiredInstance): void;
  forget(instanceId: string): void;
  readonly observed: readonly ObservedInstance[];
  desiredOf(instanceId: string): DesiredInstance | undefined;
  /** All that the instance has said, undefined when there is none. */
  consoleOf(instanceId: string): string | undefined;
  /** Its first process ends by itself. */
  endByItself(instanceId: string, exitCode: number): void;
  /** Launches of this image fail from now on. */
  breakImage(imageId: string): void;
}

interface Instance {
  desired: DesiredInstance;
  observed: ObservedInstance;
  console: string;
}

/** `onChange` is called whenever something observed changed. */
export function createMemoryInstances(clock: Clock, pace: Pace, onChange: () => void): MemoryInstances {
  const instances = new Map<string, Instance>();
  const broken = new Set<string>();

  function enter(instance: Instance, state: InstanceState, more: Partial<ObservedInstance> = {}): void {
    instance.observed = { ...instance.observed, ...more, state };
    onChange();
  }

  /** Goes on to `then` if what was begun is still what is wanted. */
  function after(ms: number, instance: Instance, begun: InstanceState, then: () => void): void {
    clock.after(ms, () => {
      if (instances.get(instance.desired.instanceId) === instance && instance.observed.state === begun) then();
      reconcile(instance);
    });
  }

  function launch(instance: Instance): void {
    const { starts, reboots, image } = instance.desired;
    enter(instance, InstanceState.PENDING, { reason: undefined });
    after(pace.launchMs, instance, InstanceState.PENDING, () => {
      if (broken.has(image?.imageId ?? '')) {
        const reason = { code: 'Client.InvalidImage', message: 'Client.InvalidImage: the image cannot be unpacked' };
        enter(instance, starts === 1n ? InstanceState.TERMINATED : InstanceState.STOPPED, { starts, reason });
        return;
      }
      instance.console += `start ${starts}\n`;
      enter(instance, InstanceState.RUNNING, { starts, reboots, runningSinceMs: BigInt(clock.wallMs()) });
    });
  }

  function end(instance: Instance, by: InstanceState, at: InstanceState): void {
    enter(instance, by, { runningSinceMs: 0n });
    after(pace.stopMs, instance, by, () => enter(instance, at));
  }

  function reconcile(instance: Instance): void {
    const { desired, observed } = instance;
    const isUnderWay =
      observed.state === InstanceState.PENDING ||
      observed.state === InstanceState.STOPPING ||
      observed.state === InstanceState.SHUTTING_DOWN;
    if (isUnderWay || observed.state === InstanceState.TERMINATED) return;
    if (desired.power === Power.TERMINATED) {
      end(instance, InstanceState.SHUTTING_DOWN, InstanceState.TERMINATED);
    } else if (desired.power === Power.STOPPED) {
      if (observed.state === InstanceState.RUNNING) end(instance, InstanceState.STOPPING, InstanceState.STOPPED);
      else if (observed.state === InstanceState.UNSPECIFIED) enter(instance, InstanceState.STOPPED);
    } else if (observed.state !== InstanceState.RUNNING) {
      if (desired.starts > observed.starts) launch(instance);
    } else if (desired.reboots > observed.reboots) {
      instance.console += `reboot ${desired.reboots}\n`;
      enter(instance, InstanceState.RUNNING, { reboots: desired.reboots });
    }
  }

  return {
    desire(desired) {
      const known = instances.get(desired.instanceId);
      if (known !== undefined && desired.generation <= known.desired.generation) return;
      const instance = known ?? { desired, observed: unseen(desired.instanceId), console: '' };
      instance.desired = desired;
      instances.set(desired.instanceId, instance);
      enter(instance, instance.observed.state, { generation: desired.generation });
      reconcile(instance);
    },
    forget(instanceId) {
      if (instances.get(instanceId)?.observed.state === InstanceState.TERMINATED) instances.delete(instanceId);
    },
    get observed() {
      return [...instances.values()].map((instance) => instance.observed).filter(({ state }) => state !== InstanceState.UNSPECIFIED);
    },
    desiredOf: (instanceId) => instances.get(instanceId)?.desired,
    consoleOf: (instanceId) => instances.get(instanceId)?.console,
    endByItself(instanceId, exitCode) {
      const instance = instances.get(instanceId);
      if (instance?.observed.state !== InstanceState.RUNNING) return;
      const exit = { code: exitCode, signal: 0, outOfMemory: false, endedMs: BigInt(clock.wallMs()) };
      const isEnd = instance.desired.onShutdown === ShutdownBehavior.TERMINATE;
      enter(instance, isEnd ? InstanceState.TERMINATED : InstanceState.STOPPED, { exit, runningSinceMs: 0n });
    },
    breakImage: (imageId) => void broken.add(imageId),
  };
}

function unseen(instanceId: string): ObservedInstance {
  return {
    instanceId,
    generation: 0n,
    state: InstanceState.UNSPECIFIED,
    starts: 0n,
    reboots: 0n,
    reason: undefined,
    runningSinceMs: 0n,
    exit: undefined,
    impaired: '',
  };
}
