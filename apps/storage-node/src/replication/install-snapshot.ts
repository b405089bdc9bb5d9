import { status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import { epoch, incarnation, partitionId } from '@pilvi/cluster-map';
import type { InstallSnapshotResponse, SnapshotFrame, SnapshotHeader } from '@pilvi/contracts/replication/v1/peer';
import { digestAfter, digestBytes, EMPTY_DIGEST, isSound } from '@pilvi/object-index';
import { baseFromProto } from '@pilvi/replication';
import type { SnapshotOffer } from '@pilvi/replication';
import type { Logger } from '@pilvi/runtime';
import type { Checkpointer } from './checkpointer.ts';
import type { ReplicationHost } from './replication-host.ts';
import type { RowStore } from '@pilvi/row-store';

interface Components {
  readonly host: ReplicationHost;
  readonly rows: RowStore;
  readonly checkpointer: Checkpointer;
  readonly log: Logger;
}

/** The learner's end of a snapshot: empty durably, write, verify, checkpoint, and only then say so (M1, M2). */
export async function installSnapshot(
  components: Components,
  call: ServerReadableStream<SnapshotFrame, InstallSnapshotResponse>,
  callback: sendUnaryData<InstallSnapshotResponse>,
): Promise<void> {
  const frames = call[Symbol.asyncIterator]() as AsyncIterator<SnapshotFrame>;
  const first = await frames.next();
  const header = first.done === true ? undefined : first.value.header;
  const offer = header === undefined ? undefined : offerOf(header);
  if (header === undefined || offer === undefined || header.to !== components.host.core.self) {
    callback({ code: status.INVALID_ARGUMENT, details: 'a snapshot begins with its header' });
    return;
  }
  if (!(await components.host.beginSnapshot(offer))) {
    callback(null, { installed: false });
    return;
  }
  let installed = false;
  try {
    await components.rows.clear(offer.partition);
    installed = await fill(components, offer, header, frames);
  } catch (error) {
    components.log.warn({ err: error, partition: offer.partition }, 'snapshot broke off');
  }
  if (!installed) await components.rows.clear(offer.partition);
  components.host.dispatch({ kind: installed ? 'snapshot-installed' : 'snapshot-aborted', partition: offer.partition });
  callback(null, { installed });
}

async function fill(
  { rows, checkpointer }: Components,
  offer: SnapshotOffer,
  header: SnapshotHeader,
  frames: AsyncIterator<SnapshotFrame>,
): Promise<boolean> {
  let digest = EMPTY_DIGEST;
  for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
    const page = next.value.rows.map(({ key, value }) => [key, value] as const);
    for (const [key, value] of page) {
      // Damage on the sender's disk must not travel.
      if (!isSound(value)) return false;
      digest = digestAfter(digest, key, undefined, value);
    }
    if (page.length > 0) await rows.install(page);
    if (!next.value.done) continue;
    if (!digestBytes(digest).equals(header.digest)) return false;
    rows.installed(offer.partition, { seq: offer.base.seq, digest, objects: Number(header.objects) });
    await checkpointer.run(new Map([[offer.partition, offer.base]]));
    return true;
  }
  return false;
}

function offerOf(header: SnapshotHeader): SnapshotOffer | undefined {
  if (header.base === undefined) return undefined;
  return {
    partition: partitionId(header.partition),
    from: incarnation(header.from),
    epoch: epoch(Number(header.epoch)),
    feed: Number(header.feed),
    base: baseFromProto(header.base),
  };
}
