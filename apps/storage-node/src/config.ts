import type { ChunkEngine } from '@pilvi/chunk-store';
import { nodeName, zone } from '@pilvi/cluster-map';
import type { NodeName, Zone } from '@pilvi/cluster-map';

/** What a storage node is told by its environment; read once, validated once (variables: apps/pilvi/src/process-environment.ts). */
export interface StorageNodeConfig {
  readonly name: NodeName;
  readonly zone: Zone;
  readonly weight: number;
  readonly dataDir: string;
  /** gRPC address to serve: `unix:/path` or `host:port`. */
  readonly listen: string;
  /** Address others are told; the same unless a proxy stands between. */
  readonly advertise: string;
  readonly gateways: readonly string[];
  /** Directory with ca.pem, cert.pem and key.pem; needed when any address is TCP. */
  readonly tlsDir: string | undefined;
  /** Port of the loopback interface where health is told; undefined: nowhere. */
  readonly healthPort: number | undefined;
  /** Where metrics are served: `unix:/path`, or `host:port` by mutual TLS. */
  readonly metricsListen: readonly string[];
  /** How a new disk keeps its chunks. */
  readonly chunkEngine: ChunkEngine;
  readonly timings: StorageTimings;
}

/** Settings that tests shorten. */
export interface StorageTimings {
  /** Garbage older than this is swept: the longest permitted read (K3). */
  readonly garbageAfterMs: number;
  /** An upload's intent not renewed for this long is fenced (K2). */
  readonly intentExpiryMs: number;
  readonly sweepEveryMs: number;
  readonly checkpointEveryMs: number;
  /** The log is checkpointed early at this size. */
  readonly checkpointLogBytes: number;
  /** Chunks that nobody names are looked for this often (K4). */
  readonly censusEveryMs: number;
  /** Everything is scrubbed once in this time (P3). */
  readonly scrubPeriodMs: number;
  /** A primary compares its partitions' digests with the others' this often (D4). */
  readonly compareDigestsEveryMs: number;
}

export function readConfig(env: NodeJS.ProcessEnv): StorageNodeConfig {
  const listen = required(env, 'PILVI_LISTEN');
  return {
    name: nodeName(required(env, 'PILVI_PROCESS_NAME')),
    zone: zone(required(env, 'PILVI_ZONE')),
    weight: number(env, 'PILVI_WEIGHT', 1),
    dataDir: required(env, 'PILVI_PROCESS_DATA_DIR'),
    listen,
    advertise: env['PILVI_ADVERTISE'] ?? listen,
    gateways: required(env, 'PILVI_GATEWAY_ADDRESSES')
      .split(',')
      .filter((a) => a !== ''),
    tlsDir: env['PILVI_TLS_DIR'] === '' ? undefined : env['PILVI_TLS_DIR'],
    healthPort: number(env, 'PILVI_HEALTH_PORT', 0) || undefined,
    metricsListen: (env['PILVI_METRICS_LISTEN'] ?? '').split(',').filter((a) => a !== ''),
    chunkEngine: chunkEngine(env),
    timings: {
      garbageAfterMs: number(env, 'PILVI_GARBAGE_AFTER_MS', 15 * 60_000),
      intentExpiryMs: number(env, 'PILVI_INTENT_EXPIRY_MS', 15 * 60_000),
      sweepEveryMs: number(env, 'PILVI_SWEEP_EVERY_MS', 10_000),
      checkpointEveryMs: number(env, 'PILVI_CHECKPOINT_EVERY_MS', 60_000),
      checkpointLogBytes: number(env, 'PILVI_CHECKPOINT_LOG_BYTES', 64 * 1024 * 1024),
      censusEveryMs: number(env, 'PILVI_CENSUS_EVERY_MS', 24 * 3_600_000),
      scrubPeriodMs: number(env, 'PILVI_SCRUB_PERIOD_MS', 14 * 24 * 3_600_000),
      compareDigestsEveryMs: number(env, 'PILVI_COMPARE_DIGESTS_EVERY_MS', 60_000),
    },
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function chunkEngine(env: NodeJS.ProcessEnv): ChunkEngine {
  const name = env['PILVI_CHUNK_ENGINE'] ?? '';
  if (name === '' || name === 'files') return 'files';
  if (name === 'leveldb') return 'leveldb';
  throw new Error(`PILVI_CHUNK_ENGINE must be files or leveldb, not "${name}"`);
}

function number(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number, not "${text}"`);
  return value;
}
