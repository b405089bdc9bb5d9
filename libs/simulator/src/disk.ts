import type { PartitionId } from '@pilvi/cluster-map';
import { createRestorer } from '@pilvi/replication';
import type { LogBase, PersistRecord, RestoredReplica } from '@pilvi/replication';
import { copyState } from './key-value.ts';
import type { KeyValueState } from './key-value.ts';
import type { Random } from './random.ts';

export interface Checkpoint {
  readonly base: LogBase;
  readonly state: KeyValueState;
}

/** A node's disk: a log of which only a prefix is certain to survive a power cut, and a checkpoint per partition (D1, D3). */
export class SimDisk {
  incarnation: string;
  readonly records: PersistRecord[] = [];
  /** Records that a power cut cannot take. */
  synced = 0;
  readonly checkpoints = new Map<PartitionId, Checkpoint>();
  /** The last start found a torn tail and dropped it (D2). */
  torn = false;

  constructor(incarnation: string) {
    this.incarnation = incarnation;
  }

  append(records: readonly PersistRecord[]): number {
    this.records.push(...records);
    return this.records.length;
  }

  /** The power fails: any part of what was not synced is gone. */
  losePower(random: Random): void {
    this.records.length = this.synced + random.below(this.records.length - this.synced + 1);
  }

  copy(): SimDisk {
    const copy = new SimDisk(this.incarnation);
    copy.records.push(...this.records);
    copy.synced = this.synced;
    for (const [partition, checkpoint] of this.checkpoints) copy.checkpoints.set(partition, checkpoint);
    return copy;
  }

  /** The disk loses even synced records at its end; the start notices. */
  tear(random: Random): boolean {
    const entries = this.records.filter((r) => r.kind === 'entry').length;
    if (entries === 0) return false;
    let wanted = Math.min(entries, 1 + random.below(3));
    while (wanted > 0) if (this.records.pop()?.kind === 'entry') wanted--;
    this.synced = Math.min(this.synced, this.records.length);
    this.torn = true;
    return true;
  }

  checkpoint(partition: PartitionId, checkpoint: Checkpoint): void {
    this.checkpoints.set(partition, { base: checkpoint.base, state: copyState(checkpoint.state) });
  }

  /** What a start reads back. D1: it is synced before it is reported. */
  restore(): RestoredReplica[] {
    this.synced = this.records.length;
    return this.read();
  }

  /** What a power cut at this instant would leave at the least. */
  readSynced(): RestoredReplica[] {
    return this.read(this.synced);
  }

  private read(through = this.records.length): RestoredReplica[] {
    const restorer = createRestorer();
    for (let i = 0; i < through; i++) {
      const record = this.records[i];
      if (record !== undefined) restorer.add(record);
    }
    return restorer.finish(new Map([...this.checkpoints].map(([p, c]) => [p, c.base])), this.torn);
  }
}
