import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { partitionId } from '@pilvi/cluster-map';
import type { PartitionId } from '@pilvi/cluster-map';
import { openChunkStore } from '@pilvi/chunk-store';
import type { ChunkStore } from '@pilvi/chunk-store';
import { createRestorer, decodeRecord } from '@pilvi/replication';
import type { PersistRecord, RestoredReplica } from '@pilvi/replication';
import { openReplicationLog } from '@pilvi/replication-log';
import type { Lsn, ReplicationLog, StoredRecord } from '@pilvi/replication-log';
import { writeFileAtomic } from '@pilvi/runtime';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import { readChunkRecord } from './chunks/chunk-journal.ts';
import { openIdentity, renewIdentity, saveIdentity, UnknownIdentityFormat } from './cluster/identity.ts';
import type { Identity } from './cluster/identity.ts';
import { RecordKind } from './replication/record-kinds.ts';
import { createChunkInventory } from '@pilvi/row-store';
import type { ChunkInventory } from '@pilvi/row-store';
import { openRowStore } from '@pilvi/row-store';
import type { RowStore } from '@pilvi/row-store';

const LOG = 'log';
const ROWS = 'rows';
const CHUNKS = 'chunks';
const STATE = [LOG, ROWS, CHUNKS];
const ASIDE = 'set-aside';
const REFUSED_ERRNOS = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);
/** Written when this incarnation must not come back (D2); the next start begins as a new one. */
const LEFT_FILE = 'left.json';
/** Kept from the drop of a torn tail until another member was heard (D2). */
const TORN_FILE = 'torn.json';

/** Everything that a storage node keeps on its disk, opened and read. */
export interface NodeDisk extends AsyncDisposable {
  readonly identity: Identity;
  readonly log: ReplicationLog;
  readonly rows: RowStore;
  readonly chunks: ChunkStore;
  readonly inventory: ChunkInventory;
  readonly restored: readonly RestoredReplica[];
  /** Where the replayed entries lie in the log. */
  readonly replayed: readonly { readonly record: PersistRecord; readonly lsn: Lsn }[];
  /** The disk belongs to this cluster from now on. */
  joined(clusterId: string): Promise<void>;
  /** This incarnation leaves: the next start finds an empty disk and a new id. */
  leave(reason: string): Promise<void>;
  /** Another member was heard: the log that was torn is as good as any. */
  forgetTorn(): Promise<void>;
}

interface Components {
  readonly directory: string;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** Opens a node's disk. What is damaged is set aside, and the node comes back as a new, empty incarnation that the others fill. */
export async function openNodeDisk(components: Components): Promise<NodeDisk> {
  const { directory, log } = components;
  if (await exists(join(directory, LEFT_FILE))) {
    await startOver(components, 'this incarnation left');
  }
  try {
    return await openState(components);
  } catch (error) {
    if (isRefused(error)) throw error;
    log.error({ err: error, directory }, 'the disk is damaged: starting over as a new member');
    await startOver(components, String(error));
    return openState(components);
  }
}

/** Data of another version, or a disk that cannot be read or written just now, is no damage: it stays as it is, and the node does not start. */
function isRefused(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  if (error instanceof UnknownIdentityFormat || code === 'format-version' || code === 'unknown-format') return true;
  return typeof code === 'string' && REFUSED_ERRNOS.has(code);
}

async function openState(components: Components): Promise<NodeDisk> {
  const { directory, random, onFatal } = components;
  let identity = await openIdentity(directory, random);
  if (identity.clusterId !== '' && !(await exists(join(directory, LOG)))) throw new Error('the replication log is gone');
  if (identity.clusterId !== '' && !(await exists(join(directory, ROWS)))) throw new Error('the row store is gone');
  const replicationLog = await openReplicationLog({ directory: join(directory, LOG) });
  if (replicationLog.condition.kind === 'damaged') throw new Error(`the replication log is damaged: ${replicationLog.condition.detail}`);
  if (replicationLog.condition.kind === 'torn-tail')
    await writeFileAtomic(join(directory, TORN_FILE), `${JSON.stringify(replicationLog.condition)}\n`, { mode: 0o600 });
  const torn = await exists(join(directory, TORN_FILE));
  const rows = await openRowStore({ directory: join(directory, ROWS), onFatal });
  const inventory = createChunkInventory(rows);
  const chunks = await openChunkStore({ directory: join(directory, CHUNKS), clock: components.clock, log: components.log, onFatal });
  const { restored, replayed } = await replay(replicationLog, rows, inventory, torn);
  return {
    get identity() {
      return identity;
    },
    log: replicationLog,
    rows,
    chunks,
    inventory,
    restored,
    replayed,
    async joined(clusterId) {
      if (identity.clusterId === clusterId) return;
      identity = { ...identity, clusterId };
      await saveIdentity(directory, identity);
    },
    async leave(reason) {
      await writeFileAtomic(join(directory, LEFT_FILE), `${JSON.stringify({ reason })}\n`, { mode: 0o600 });
    },
    async forgetTorn() {
      await rm(join(directory, TORN_FILE), { force: true });
    },
    async [Symbol.asyncDispose]() {
      await rows[Symbol.asyncDispose]();
      await chunks[Symbol.asyncDispose]();
      await replicationLog[Symbol.asyncDispose]();
    },
  };
}

const KIND_NAMES = new Map<number, PersistRecord['kind']>([
  [RecordKind.entry, 'entry'],
  [RecordKind.truncate, 'truncate'],
  [RecordKind.config, 'config'],
  [RecordKind.base, 'base'],
]);

/** Replays the log over the last checkpoint (D3): entries for the core to commit again, chunk changes into the inventory. */
async function replay(
  log: ReplicationLog,
  rows: RowStore,
  inventory: ChunkInventory,
  torn: boolean,
): Promise<Pick<NodeDisk, 'restored' | 'replayed'>> {
  const restorer = createRestorer();
  const replayed: { record: PersistRecord; lsn: Lsn }[] = [];
  for await (const stored of log.replay()) {
    const kind = KIND_NAMES.get(stored.kind);
    if (kind === undefined) {
      replayChunkChange(stored, inventory);
      continue;
    }
    const record = decodeRecord(kind, stored.partition, stored.body);
    restorer.add(record);
    replayed.push({ record, lsn: stored.lsn });
  }
  const checkpoints = new Map<PartitionId, { seq: number; epoch: never; hash: number }>();
  for (const [partition, mark] of rows.checkpoints)
    checkpoints.set(partitionId(partition), { seq: mark.seq, epoch: mark.epoch as never, hash: mark.hash });
  return { restored: restorer.finish(checkpoints, torn), replayed };
}

function replayChunkChange(stored: StoredRecord, inventory: ChunkInventory): void {
  const change = readChunkRecord(stored);
  if (change?.kind === 'added') inventory.add([change.info]);
  else if (change?.kind === 'removed') inventory.remove(change.partition, change.ids);
}

/** Sets what is there aside (one such copy is kept, for a person) and makes a new incarnation of the same cluster. */
async function startOver({ directory, random, log }: Components, reason: string): Promise<void> {
  const clusterId = await openIdentity(directory, random).then(
    (identity) => identity.clusterId,
    () => '',
  );
  await rm(join(directory, ASIDE), { recursive: true, force: true });
  await mkdir(join(directory, ASIDE), { mode: 0o700 });
  const present = await readdir(directory);
  for (const name of STATE) if (present.includes(name)) await rename(join(directory, name), join(directory, ASIDE, name));
  for (const name of [LEFT_FILE, TORN_FILE]) await rm(join(directory, name), { force: true });
  const identity = await renewIdentity(directory, random, clusterId);
  // A new disk of a known cluster has no log yet: it is made now, so that its absence means a loss.
  for (const name of [LOG, ROWS]) await mkdir(join(directory, name), { mode: 0o700 });
  log.warn({ incarnation: identity.incarnation, reason }, 'started over as a new incarnation');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
