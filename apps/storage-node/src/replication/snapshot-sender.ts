import type { ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import { PeerServiceClient } from '@pilvi/contracts/replication/v1/peer';
import type { InstallSnapshotResponse, SnapshotFrame } from '@pilvi/contracts/replication/v1/peer';
import { digestAfter, digestBytes, EMPTY_DIGEST } from '@pilvi/object-index';
import { baseToProto, positionAt } from '@pilvi/replication';
import type { Core, CoreEvent, Effect, LogBase } from '@pilvi/replication';
import type { Logger } from '@pilvi/runtime';
import { createSemaphore } from '@pilvi/runtime';
import { callUnary, dial } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { once } from 'node:events';
import type { RowStore } from '@pilvi/row-store';

type Request = Extract<Effect, { kind: 'send-snapshot' }>;

/** Snapshots sent at a time: refilling a node must leave room for clients (P3). */
const AT_A_TIME = 4;
const DEADLINE_MS = 10 * 60_000;

interface Components {
  readonly rows: RowStore;
  readonly maps: ClusterMapSource;
  readonly security: (address: string) => Security;
  readonly self: () => Incarnation;
  readonly log: Logger;
  readonly dispatch: (event: CoreEvent) => void;
  /** The rows are not what their digest says (D4). */
  readonly onDamage: (detail: string) => void;
}

/** Streams a partition's rows to a learner (M1). Always ends with `snapshot-ended`, whatever happened. */
export function createSnapshotSender(components: Components): (core: Core, request: Request, signal: AbortSignal) => Promise<void> {
  const places = createSemaphore(AT_A_TIME);
  return async (core, request, signal) => {
    const release = await places.acquire(1, signal);
    const startedMs = performance.now();
    let installedSeq: number | undefined;
    try {
      installedSeq = await sendSnapshot(components, core, request, signal);
    } catch (error) {
      components.log.warn({ err: error, partition: request.partition, to: request.to }, 'snapshot failed');
    } finally {
      release();
      components.log.info(
        {
          partition: request.partition,
          to: request.to,
          feed: request.feed,
          installedSeq,
          tookMs: Math.round(performance.now() - startedMs),
        },
        'snapshot ended',
      );
      components.dispatch({ kind: 'snapshot-ended', partition: request.partition, to: request.to, feed: request.feed, installedSeq });
    }
  };
}

async function sendSnapshot(components: Components, core: Core, request: Request, signal: AbortSignal): Promise<number | undefined> {
  const { rows, maps, security, self } = components;
  const member = maps.current()?.members.get(request.to);
  if (member === undefined) return undefined;
  await using snapshot = await rows.exportSnapshot(request.partition);
  const { state, rows: pages } = snapshot;
  const position = positionAt(core, request.partition, state.seq);
  if (position === undefined || state.seq < request.atLeast) return undefined;
  const base: LogBase = { seq: state.seq, epoch: position.epoch, hash: position.hash };
  await using channel = dial({ address: member.address, security: security(member.address) });
  const client = channel.client(PeerServiceClient);
  let write: ((frame: SnapshotFrame) => Promise<void>) | undefined;
  const answer = callUnary<InstallSnapshotResponse>(
    (metadata, options, done) => {
      const call = client.installSnapshot(metadata, options, done);
      call.on('error', () => undefined); // told by the call's own answer
      write = async (frame) => {
        if (!call.write(frame)) await Promise.race([once(call, 'drain'), once(call, 'close')]);
        if (frame.done) call.end();
      };
      return call;
    },
    { signal, deadlineMs: DEADLINE_MS },
  );
  if (write === undefined) return undefined;
  const header = {
    partition: request.partition,
    from: self(),
    to: request.to,
    epoch: BigInt(request.epoch),
    feed: BigInt(request.feed),
    base: baseToProto(base),
  };
  await write({ header: { ...header, digest: digestBytes(state.digest), objects: BigInt(state.objects) }, rows: [], done: false });
  let refused = false;
  void answer.then((a) => (refused = !a.installed)).catch(() => (refused = true));
  let digest = EMPTY_DIGEST;
  for await (const page of pages) {
    if (refused) return undefined;
    for (const [key, value] of page) digest = digestAfter(digest, key, undefined, value);
    await write({ header: undefined, rows: page.map(([key, value]) => ({ key, value })), done: false });
  }
  // The receiver refuses them then.
  if (digest !== state.digest) components.onDamage(`partition ${request.partition}: rows are missing or others than were written`);
  await write({ header: undefined, rows: [], done: true });
  return (await answer).installed ? state.seq : undefined;
}
