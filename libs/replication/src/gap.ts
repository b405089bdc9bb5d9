import type { Epoch } from '@pilvi/cluster-map';
import { send } from './persist.ts';
import type { ReplicaLog } from './replica-log.ts';
import type { Core, Replica } from './state.ts';
import type { PeerResponse, Seq, StreamId } from './types.ts';

type Gap = Extract<PeerResponse, { kind: 'gap' }>;

/** Follower: what was offered in this feed does not follow the log held here. */
export function sendGap(core: Core, replica: Replica, stream: StreamId, offered: { readonly epoch: Epoch; readonly feed: number }): void {
  const { partition, commit, log } = replica;
  const { epoch, feed } = offered;
  send(core, stream, { kind: 'gap', partition, epoch, feed, commit, lastEpoch: log.last.epoch, lastSeq: log.last.seq });
}

/**
 * Primary: up to where the follower's log probably agrees with `log`. An epoch has one primary, and entries keep theirs, so logs that both hold an entry of an epoch
 * and seq agree below it (as in Raft's faster way back, which the end of section 5.3 of its paper describes). The hash decides.
 */
export function probableAgreement(log: ReplicaLog, gap: Gap): Seq {
  let seq = Math.min(gap.lastSeq, log.last.seq);
  for (let at = log.entry(seq); at !== undefined && at.epoch > gap.lastEpoch; at = log.entry(seq)) seq--;
  return Math.max(seq, log.base.seq);
}

/** Primary: up to where the logs certainly agree, as far as the follower knows. */
export function certainAgreement(log: ReplicaLog, gap: Gap): Seq {
  return Math.max(log.base.seq, Math.min(gap.commit, log.last.seq));
}
