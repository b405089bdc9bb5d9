import type { CopyState, PieceCopy, PieceStatus, WhereDocument } from '@pilvi/admin-api';
import { incarnation, partitionOf } from '@pilvi/cluster-map';
import type { ClusterMap, ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import { ChunkState } from '@pilvi/contracts/chunk/v1/service';
import type { ObjectRecord } from '@pilvi/contracts/index/v1/record';
import type { BucketDirectory, NodeSessionPool, ObjectStore } from '@pilvi/object-store';
import type { Clock } from '@pilvi/runtime';

const DEADLINE_MS = 5_000;
/** A secondary hears that what is in its log has committed with the next entry or beacon: only what stays away is missing. */
const LOOK_AGAIN_AFTER_MS: readonly number[] = [100, 200, 400];

interface Components {
  readonly maps: ClusterMapSource;
  readonly sessions: NodeSessionPool;
  readonly objects: ObjectStore;
  readonly buckets: BucketDirectory;
  readonly clock: Clock;
}

/** `GET /_pilvi/where`: which nodes hold each piece of an object, and whether each passes its checksum: every copy is read. Undefined: no such object. */
export async function whereDocument(components: Components, bucketName: string, key: string): Promise<WhereDocument | undefined> {
  const { maps, objects, buckets } = components;
  const map = maps.current();
  const bucket = await buckets.get(bucketName);
  if (map === undefined || bucket === undefined) return undefined;
  const record = await objects.headObject({ bucket: bucket.id, key }).catch(() => undefined);
  if (record === undefined) return undefined;
  const partition = partitionOf(bucket.id, key, map.settings.partitions);
  const replicas = map.partitions[partition]?.replicas ?? [];
  const copies = await Promise.all(replicas.map((node) => recordCopy(components, map, node, { bucketId: bucket.id, key, partition })));
  const pieces: PieceStatus[] = [{ kind: 'record', id: '', offsetBytes: 0, sizeBytes: recordSize(record), copies }];
  pieces.push(...(await chunkPieces(components, map, record)));
  return { bucket: bucketName, key, sizeBytes: Number(record.sizeBytes), etag: record.etag, partition, pieces };
}

function recordSize(record: ObjectRecord): number {
  return record.layout?.kind?.$case === 'inline' ? Number(record.sizeBytes) : 0;
}

async function recordCopy(
  components: Components,
  map: ClusterMap,
  node: Incarnation,
  value: { bucketId: string; key: string; partition: number },
): Promise<PieceCopy> {
  const address = map.members.get(node)?.address;
  const look = async (): Promise<CopyState> => {
    const answer = await (address === undefined ? undefined : components.sessions.index.to(address))
      ?.call({ $case: 'locate', value }, { deadlineMs: DEADLINE_MS })
      .catch(() => undefined);
    if (answer?.$case !== 'locate') return 'unreachable';
    if (!answer.value.sound) return 'damaged';
    return answer.value.record === undefined ? 'missing' : 'sound';
  };
  let state = await look();
  for (const afterMs of LOOK_AGAIN_AFTER_MS) {
    if (state !== 'missing') break;
    await components.clock.sleep(afterMs);
    state = await look();
  }
  return copyOn(map, node, state);
}

async function chunkPieces({ sessions }: Components, map: ClusterMap, record: ObjectRecord): Promise<PieceStatus[]> {
  const extents = record.layout?.kind?.$case === 'chunked' ? record.layout.kind.value.extents : [];
  const pieces: PieceStatus[] = [];
  let offset = 0;
  for (const extent of extents) {
    const ids = chunkIds(extent.tickDeltas, extent.writerId);
    const states = new Map<string, readonly ChunkState[] | undefined>();
    for (const holder of extent.holders) {
      const address = map.members.get(incarnation(holder))?.address;
      const answer = await (address === undefined ? undefined : sessions.chunks.to(address))
        ?.call({ $case: 'stat', value: { chunkIds: ids, verify: true } }, { deadlineMs: DEADLINE_MS })
        .catch(() => undefined);
      states.set(holder, answer?.$case === 'stats' ? answer.value.states : undefined);
    }
    ids.forEach((id, i) => {
      const sizeBytes = Math.min(extent.chunkSizeBytes, Number(extent.sizeBytes) - i * extent.chunkSizeBytes);
      const copies = extent.holders.map((holder) => copyOn(map, incarnation(holder), stateOf(states.get(holder)?.[i])));
      pieces.push({ kind: 'chunk', id: id.toString('hex'), offsetBytes: offset + i * extent.chunkSizeBytes, sizeBytes, copies });
    });
    offset += Number(extent.sizeBytes);
  }
  return pieces;
}

function stateOf(state: ChunkState | undefined): CopyState {
  if (state === ChunkState.SOUND) return 'sound';
  if (state === ChunkState.DAMAGED) return 'damaged';
  return state === ChunkState.MISSING ? 'missing' : 'unreachable';
}

function chunkIds(tickDeltas: readonly bigint[], writerId: Buffer): Buffer[] {
  let tick = 0n;
  return tickDeltas.map((delta) => {
    tick += delta;
    const id = Buffer.allocUnsafe(16);
    id.writeBigUInt64BE(tick, 0);
    writerId.copy(id, 8);
    return id;
  });
}

function copyOn(map: ClusterMap, node: Incarnation, state: CopyState): PieceCopy {
  const member = map.members.get(node);
  return { node: member?.name ?? node, zone: member?.zone ?? '', state };
}
