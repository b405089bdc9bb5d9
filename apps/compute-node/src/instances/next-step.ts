import { Power, ShutdownBehavior } from '@pilvi/contracts/compute/v1/instance';
import type { TaskState } from '@pilvi/instance-driver';
import type { EndedRun, InstanceRecord } from './instance-record.ts';

/** The one thing to do next about an instance. */
export type Step =
  | { readonly kind: 'rest' }
  /** Make a root if there is none, and begin a run that was asked for. */
  | { readonly kind: 'launch' }
  /** Its run lost its process through no doing of its own (the machine or the agent went down): begin it again. */
  | { readonly kind: 'bring-back' }
  /** It runs already, though nothing here remembers it: the record was lost. */
  | { readonly kind: 'adopt' }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'stop' }
  /** Its first process ended by itself. */
  | { readonly kind: 'note-end'; readonly exit: EndedRun; readonly then: 'down' | 'gone' }
  | { readonly kind: 'terminate' };

/** Decides from what is wanted, what has been carried out and what the machine shows. Pure, and level-triggered: asked again, it says the same until it was done. */
export function nextStep({ desired, carried }: InstanceRecord, task: TaskState): Step {
  if (carried.phase === 'gone') return { kind: 'rest' };
  if (desired.power === Power.TERMINATED) return { kind: 'terminate' };
  if (carried.phase === 'up') return stepOfRun({ desired, carried }, task);
  if (carried.phase === 'new' && task.kind === 'running') return { kind: 'adopt' };
  const isAskedFor = desired.power === Power.RUNNING && desired.starts > carried.starts;
  return { kind: isAskedFor ? 'launch' : 'rest' };
}

function stepOfRun({ desired, carried }: InstanceRecord, task: TaskState): Step {
  const shouldStop = desired.power === Power.STOPPED;
  switch (task.kind) {
    case 'running':
      if (shouldStop) return { kind: 'stop' };
      return { kind: desired.reboots > carried.reboots ? 'reboot' : 'rest' };
    case 'exited':
      if (shouldStop) return { kind: 'stop' };
      if (task.exit.code === undefined) return { kind: 'bring-back' };
      return { kind: 'note-end', exit: task.exit, then: desired.onShutdown === ShutdownBehavior.TERMINATE ? 'gone' : 'down' };
    // Created and not started: the agent went down in between.
    case 'created':
    case 'absent':
      return { kind: shouldStop ? 'stop' : 'bring-back' };
  }
}
