import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { InstanceStateChange } from '@pilvi/aws-query/ec2';
import type { InstanceRecord, ReasonRecord } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { INSTANCE } from './kinds.ts';
import { checkIds, notFound } from './named-resources.ts';
import { shownState } from './shown-instance.ts';
import type { Step, Stored } from './state/collection.ts';

/** All of them change in one transaction, or none: as many as a control store takes. */
const MOST_AT_ONCE = 100;

/** Decides what becomes of one instance: its next record, or the same when nothing is to be done. Throws when it may not be. */
export type InstanceChange = (record: InstanceRecord) => InstanceRecord;

/**
 * Changes instances, all of them or none; answers each one's state before and after. A changed record gets the next generation, so that its node follows it.
 * `further` gives more that is committed with the changes.
 */
export async function changeInstances(
  { state, signal }: Ec2Call,
  ids: readonly string[] | undefined,
  change: InstanceChange,
  further: (changed: readonly InstanceRecord[]) => Promise<readonly Step[]> = async () => [],
): Promise<InstanceStateChange[]> {
  if (ids === undefined || ids.length === 0) throw missingParameter('InstanceId');
  checkIds(ids, INSTANCE);
  if (ids.length > MOST_AT_ONCE) throw invalidParameter('InstanceId', String(ids.length), `Up to ${MOST_AT_ONCE} instances at once.`);
  return state.change(async () => {
    const found = await Promise.all([...new Set(ids)].map(async (id) => [id, await state.instances.get(id)] as const));
    const missing = found.filter(([, stored]) => stored === undefined).map(([id]) => id);
    if (missing.length > 0) throw notFound(missing, INSTANCE);
    const pairs = found.map(([, stored]) => ({ stored: stored!, next: nextGeneration(stored!, change) }));
    const changed = pairs.filter(({ stored, next }) => next !== stored.record);
    const steps = changed.map(({ stored, next }) => state.instances.replace(stored, next));
    if (changed.length > 0) steps.push(...(await further(changed.map(({ next }) => next))));
    const result = pairs.map(({ stored, next }) => ({
      InstanceId: next.instanceId,
      CurrentState: shownState(next),
      PreviousState: shownState(stored.record),
    }));
    return { steps, result };
  }, signal);
}

function nextGeneration({ record }: Stored<InstanceRecord>, change: InstanceChange): InstanceRecord {
  const next = change(record);
  return next === record ? record : { ...next, generation: record.generation + 1 };
}

export function incorrectState(record: InstanceRecord, done: string): QueryError {
  return new QueryError('IncorrectInstanceState', `The instance '${record.instanceId}' is not in a state from which it can be ${done}.`);
}

export function byUser(nowMs: number): ReasonRecord {
  return { code: 'Client.UserInitiatedShutdown', message: 'Client.UserInitiatedShutdown: User initiated shutdown', atMs: nowMs };
}
