import { InstanceState, Power } from '@pilvi/contracts/compute/v1/instance';
import type { Exit, ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import type { EndedRun, InstanceRecord } from './instance-record.ts';

/** What is being done about an instance right now. */
export type Doing = 'launching' | 'stopping' | 'terminating';

/** What a gateway is told of an instance. Pure. */
export function observedInstance({ desired, carried }: InstanceRecord, doing: Doing | undefined, problem: string): ObservedInstance {
  const state = stateOf(carried.phase, desired.power, doing);
  return {
    instanceId: desired.instanceId,
    generation: desired.generation,
    state,
    starts: carried.starts,
    reboots: carried.reboots,
    reason: carried.reason,
    runningSinceMs: state === InstanceState.RUNNING ? BigInt(carried.runningSinceMs) : 0n,
    exit: carried.exit === undefined ? undefined : exitOf(carried.exit),
    impaired: state === InstanceState.RUNNING ? problem : '',
  };
}

function stateOf(phase: InstanceRecord['carried']['phase'], power: Power, doing: Doing | undefined): InstanceState {
  switch (doing) {
    case 'launching':
      return InstanceState.PENDING;
    case 'stopping':
      return InstanceState.STOPPING;
    case 'terminating':
      return InstanceState.SHUTTING_DOWN;
    case undefined:
      break;
  }
  switch (phase) {
    case 'new':
      return power === Power.RUNNING ? InstanceState.PENDING : InstanceState.STOPPED;
    case 'up':
      return InstanceState.RUNNING;
    case 'down':
      return InstanceState.STOPPED;
    case 'gone':
      return InstanceState.TERMINATED;
  }
}

/** A shell's way of telling a signal, taken apart. */
function exitOf({ code, outOfMemory, finishedMs }: EndedRun): Exit {
  const bySignal = code !== undefined && code > 128 && code <= 192;
  return { code: code === undefined || bySignal ? -1 : code, signal: bySignal ? code - 128 : 0, outOfMemory, endedMs: BigInt(finishedMs) };
}
