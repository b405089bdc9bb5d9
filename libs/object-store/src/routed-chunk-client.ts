import { crc32 } from 'node:zlib';
import type { ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import { ChunkFailureCode } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkData, ChunkFailure } from '@pilvi/contracts/chunk/v1/service';
import { backoffMs } from '@pilvi/runtime';
import type { Clock, Random } from '@pilvi/runtime';
import { TransportError } from '@pilvi/transport';
import type { ChunkClient } from './clients.ts';
import { ObjectStoreError } from './errors.ts';
import type { ChunkAnswer, ChunkAsk, ChunkSessions } from './node-sessions.ts';
import { currentMap } from './routed-index-client.ts';

/** Bounds of the routed chunk client: for a node that hangs. A slow one is let be, and another is asked beside it (HolderHealth). */
export interface RoutedChunkSettings {
  readonly putMs: number;
  readonly getMs: number;
  /** Tries while a node says that it is busy. */
  readonly busyTries: number;
}

export const DEFAULT_ROUTED_CHUNK_SETTINGS: RoutedChunkSettings = { putMs: 20_000, getMs: 15_000, busyTries: 8 };
const BUSY_AGAIN = { firstMs: 10, capMs: 200, factor: 2 };

export interface RoutedChunkOptions {
  readonly map: ClusterMapSource;
  readonly sessions: ChunkSessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings?: Partial<RoutedChunkSettings>;
}

/** Stores and fetches chunks at the nodes that the map names, every call with a deadline. */
export function createRoutedChunkClient(options: RoutedChunkOptions): ChunkClient {
  const { map } = options;
  const settings = { ...DEFAULT_ROUTED_CHUNK_SETTINGS, ...options.settings };
  return {
    holdersFor(partition) {
      const current = currentMap(map);
      const replicas = current.partitions[partition]?.replicas ?? [];
      return replicas.flatMap((incarnation) => {
        const member = current.members.get(incarnation);
        return member === undefined || member.state === 'retired' ? [] : [{ incarnation, zone: member.zone }];
      });
    },
    minimum() {
      const { minInSync, minZones } = currentMap(map).settings;
      return { copies: minInSync, zones: minZones };
    },
    async put(holder, { id, ...chunk }, signal) {
      const answer = await ask(options, settings, holder, { $case: 'put', value: { chunkId: id, ...chunk } }, settings.putMs, signal);
      if (answer.$case !== 'done') throw unexpected(answer);
    },
    async get(holder, id, { offset, length }, signal) {
      const answer = await ask(options, settings, holder, { $case: 'get', value: { chunkId: id, offset, length } }, settings.getMs, signal);
      if (answer.$case !== 'data') throw unexpected(answer);
      return verified(answer.value, length);
    },
    async reach(holder, signal) {
      const answer = await ask(
        options,
        settings,
        holder,
        { $case: 'stat', value: { chunkIds: [], verify: false } },
        settings.getMs,
        signal,
      );
      if (answer.$case !== 'stats') throw unexpected(answer);
    },
  };
}

/** The node verified the whole chunk; here it is seen that what arrived is what was asked for. */
function verified({ data, chunkSizeBytes, crc32: expected }: ChunkData, length: number): Buffer {
  const isWhole = data.length === chunkSizeBytes;
  if (data.length !== length || (isWhole && crc32(data) !== expected))
    throw new ObjectStoreError('damaged', 'other bytes arrived than were asked for', { details: { chunk: 'damaged' } });
  return data;
}

async function ask(
  { map, sessions, clock, random }: RoutedChunkOptions,
  settings: RoutedChunkSettings,
  holder: Incarnation,
  request: ChunkAsk,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<ChunkAnswer> {
  const address = currentMap(map).members.get(holder)?.address;
  if (address === undefined) throw new ObjectStoreError('unavailable', `${holder} is not a member`);
  for (let tries = 1; ; tries++) {
    const answer = await call(sessions, address, request, deadlineMs, signal);
    if (answer.$case !== 'failure') return answer;
    if (answer.value.code !== ChunkFailureCode.BUSY || tries >= settings.busyTries) throw toError(answer.value);
    await clock.sleep(backoffMs(BUSY_AGAIN, tries, random), signal);
  }
}

async function call(
  sessions: ChunkSessions,
  address: string,
  request: ChunkAsk,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<ChunkAnswer> {
  try {
    return await sessions.to(address).call(request, { signal, deadlineMs });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (error instanceof TransportError) throw new ObjectStoreError('unavailable', `${address} does not answer`, { cause: error });
    throw error;
  }
}

function toError({ code, detail }: ChunkFailure): ObjectStoreError {
  switch (code) {
    case ChunkFailureCode.NOT_FOUND:
      return new ObjectStoreError('damaged', detail, { details: { chunk: 'not-found' } });
    case ChunkFailureCode.DAMAGED:
      return new ObjectStoreError('damaged', detail, { details: { chunk: 'damaged' } });
    case ChunkFailureCode.NO_SPACE:
      return new ObjectStoreError('no-space', detail);
    case ChunkFailureCode.BAD_CHECKSUM:
    case ChunkFailureCode.BUSY:
    case ChunkFailureCode.INTERNAL:
    case ChunkFailureCode.UNSPECIFIED:
      return new ObjectStoreError('unavailable', detail);
  }
}

function unexpected(answer: ChunkAnswer): Error {
  return new Error(`a chunk request was answered by ${answer.$case}`);
}
