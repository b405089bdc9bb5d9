import type { InstanceRecord, SecurityGroupRecord, SubnetRecord, VpcRecord } from '@pilvi/compute-model';
import type { ControlStore, KeyValue } from '@pilvi/control-store';
import { REVISION_BASE_KEY } from '../cluster/keys.ts';
import { decodeBase } from '../cluster/stored-form.ts';
import type { Collection, Stored } from '../ec2/state/collection.ts';
import { EC2_PREFIX, type Ec2State } from '../ec2/state/ec2-state.ts';

/** What nodes are told of, as the control store has it. */
export interface ComputePicture {
  /** Grows over a change of the store's engine, too. */
  readonly revision: number;
  readonly instances: ReadonlyMap<string, Stored<InstanceRecord>>;
  readonly groups: ReadonlyMap<string, Stored<SecurityGroupRecord>>;
  readonly subnets: ReadonlyMap<string, SubnetRecord>;
  readonly vpcs: ReadonlyMap<string, VpcRecord>;
}

export interface ComputePictureKeeper {
  /** Undefined before the first was read. */
  current(): ComputePicture | undefined;
  subscribe(listener: () => void): () => void;
  /** Watches until the signal aborts; throws when the watch is lost, to be run again. */
  follow(signal: AbortSignal): Promise<void>;
}

/** Keeps the newest picture in memory by watching the control store. Listeners are told once of what came together. */
export function createComputePicture(control: ControlStore, state: Ec2State): ComputePictureKeeper {
  let picture: ComputePicture | undefined;
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    current: () => picture,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async follow(signal) {
      const base = await control.get(REVISION_BASE_KEY, signal);
      const offset = base === undefined ? 0 : decodeBase(base.value);
      const tables = createTables(state);
      const { revision, entries } = await control.range(EC2_PREFIX, { signal });
      for (const entry of entries) tables.put(entry);
      picture = { ...tables, revision: revision + offset };
      tell();
      let isWaiting = false;
      for await (const batch of control.watch(EC2_PREFIX, revision + 1, signal)) {
        for (const event of batch.events) {
          if (event.kind === 'put') tables.put(event.entry);
          else tables.remove(event.key);
        }
        picture = { ...tables, revision: batch.revision + offset };
        if (isWaiting) continue;
        isWaiting = true;
        setImmediate(() => {
          isWaiting = false;
          tell();
        });
      }
    },
  };
}

function createTables(state: Ec2State) {
  const instances = new Map<string, Stored<InstanceRecord>>();
  const groups = new Map<string, Stored<SecurityGroupRecord>>();
  const subnets = new Map<string, SubnetRecord>();
  const vpcs = new Map<string, VpcRecord>();
  const tables = [
    table(state.instances, (id, stored) => instances.set(id, stored), instances),
    table(state.securityGroups, (id, stored) => groups.set(id, stored), groups),
    table(state.subnets, (id, stored) => subnets.set(id, stored.record), subnets),
    table(state.vpcs, (id, stored) => vpcs.set(id, stored.record), vpcs),
  ];
  return {
    instances,
    groups,
    subnets,
    vpcs,
    put(entry: KeyValue): void {
      for (const each of tables) each.put(entry);
    },
    remove(key: string): void {
      for (const each of tables) each.remove(key);
    },
  };
}

function table<T>({ prefix, decode }: Collection<T>, set: (id: string, stored: Stored<T>) => void, map: { delete(id: string): void }) {
  return {
    put(entry: KeyValue): void {
      if (entry.key.startsWith(prefix)) set(entry.key.slice(prefix.length), decode(entry));
    },
    remove(key: string): void {
      if (key.startsWith(prefix)) map.delete(key.slice(prefix.length));
    },
  };
}
