import type { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';
import { taskId } from '@pilvi/instance-driver';
import type { InstanceDriver } from '@pilvi/instance-driver';
import { NOTHING_CARRIED } from './instance-record.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { InstanceStore } from './instance-store.ts';
import type { Doing } from './observed.ts';

/** What the keeper has in memory of one instance. */
export interface Kept {
  record: InstanceRecord;
  doing: Doing | undefined;
  /** Breaks off what is being done, when something else is wanted. */
  breakOff: AbortController | undefined;
  isDue: boolean;
  work: Promise<void> | undefined;
}

function keep(record: InstanceRecord): Kept {
  return { record, doing: undefined, breakOff: undefined, isDue: false, work: undefined };
}

/** What an earlier keeper left, by id. */
export async function recallInstances(
  { store, driver }: { readonly store: Pick<InstanceStore, 'instances'>; readonly driver: Pick<InstanceDriver, 'inspect'> },
  signal: AbortSignal,
): Promise<Map<string, Kept>> {
  const kept = new Map<string, Kept>();
  for (const record of await store.instances()) {
    const { kind } = await driver.inspect(taskId(record.desired.instanceId), signal);
    // What ran when the record was written may run no more: until that has been looked into, nobody is told that it does.
    const doing = record.carried.phase === 'up' && kind !== 'running' ? 'launching' : undefined;
    kept.set(record.desired.instanceId, { ...keep(record), doing });
  }
  return kept;
}

/** Makes what is wanted now durable, and remembers it. Undefined: that is known already, or something newer is. One at a time. */
export async function takeOver(
  desired: DesiredInstance,
  kept: Map<string, Kept>,
  store: Pick<InstanceStore, 'putInstance'>,
): Promise<Kept | undefined> {
  const entry = kept.get(desired.instanceId);
  if (entry !== undefined && desired.generation <= entry.record.desired.generation) return undefined;
  const record = { desired, carried: entry?.record.carried ?? NOTHING_CARRIED };
  await store.putInstance(record);
  const current = entry ?? keep(record);
  // What was carried out may have become more meanwhile.
  current.record = { desired, carried: current.record.carried };
  kept.set(desired.instanceId, current);
  return current;
}
