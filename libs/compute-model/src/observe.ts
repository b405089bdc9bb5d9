import { InstanceState, type ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import type { InstanceRecord, ObservedRecord, ObservedState, ReasonRecord } from './records.ts';

const STATES: ReadonlyMap<InstanceState, ObservedState> = new Map<InstanceState, ObservedState>([
  [InstanceState.PENDING, 'pending'],
  [InstanceState.RUNNING, 'running'],
  [InstanceState.STOPPING, 'stopping'],
  [InstanceState.STOPPED, 'stopped'],
  [InstanceState.SHUTTING_DOWN, 'shutting-down'],
  [InstanceState.TERMINATED, 'terminated'],
]);

/** A node's word about one instance as it is kept. Undefined: it says nothing that this version knows. */
export function observedRecord(observed: ObservedInstance): ObservedRecord | undefined {
  const state = STATES.get(observed.state);
  if (state === undefined) return undefined;
  return {
    state,
    generation: Number(observed.generation),
    starts: Number(observed.starts),
    reboots: Number(observed.reboots),
    impaired: observed.impaired,
  };
}

/**
 * The record after its node's word; undefined when that changes nothing. An instance that ended by itself is from then on asked to be stopped, or
 * terminated, as it was launched to: so it does not start again by itself. A terminated instance stays so, whatever is said later.
 */
export function observe(record: InstanceRecord, word: ObservedInstance, nowMs: number): InstanceRecord | undefined {
  const observed = observedRecord(word);
  if (observed === undefined || record.observed?.state === 'terminated') return undefined;
  if (record.observed !== undefined && observed.generation < record.observed.generation) return undefined;
  const reason = word.reason === undefined ? undefined : { code: word.reason.code, message: word.reason.message, atMs: nowMs };
  const seen: InstanceRecord = {
    ...record,
    observed,
    reason: sameReason(reason, record.reason) ? record.reason : (reason ?? record.reason),
    terminatedMs: observed.state === 'terminated' ? (record.terminatedMs ?? nowMs) : undefined,
  };
  const next = followItsEnd(seen, nowMs);
  return JSON.stringify(next) === JSON.stringify(record) ? undefined : next;
}

function followItsEnd(record: InstanceRecord, nowMs: number): InstanceRecord {
  const { observed, power } = record;
  if (observed === undefined || power === 'terminated') return record;
  if (observed.state === 'terminated' || observed.state === 'shutting-down') return asked(record, 'terminated', nowMs);
  const endedByItself = power === 'running' && observed.state === 'stopped' && observed.starts >= record.starts;
  if (!endedByItself) return observed.state === 'running' && power === 'running' ? { ...record, reason: undefined } : record;
  return asked(record, record.shutdownBehavior === 'stop' ? 'stopped' : 'terminated', nowMs);
}

const BY_ITSELF: Omit<ReasonRecord, 'atMs'> = {
  code: 'Client.InstanceInitiatedShutdown',
  message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
};

function asked(record: InstanceRecord, power: 'stopped' | 'terminated', nowMs: number): InstanceRecord {
  return { ...record, power, generation: record.generation + 1, reason: record.reason ?? { ...BY_ITSELF, atMs: nowMs } };
}

function sameReason(one: ReasonRecord | undefined, other: ReasonRecord | undefined): boolean {
  return one?.code === other?.code && one?.message === other?.message;
}
