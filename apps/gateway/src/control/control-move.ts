import { ControlStoreError, formatControlStoreAddress } from '@pilvi/control-store';
import type { Change, Compare, ControlStore, KeyValue } from '@pilvi/control-store';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import { REVISION_BASE_KEY, SETTINGS_KEY } from '../cluster/keys.ts';
import { decodeBase, decodeSettings, encodeBase } from '../cluster/stored-form.ts';
import type { EtcdConfig } from '../config.ts';
import type { FreezableStore } from './freezable-store.ts';

/** In the store that was left: where the data went. It never serves again (E2). */
export const MOVED_KEY = '/control-store/moved';
/** In the store that is being filled: it must not serve yet. */
export const INCOMPLETE_KEY = '/control-store/incomplete';

const FORMAT_VERSION = 1;
const MOVE_ID_BYTES = 16;
/** etcd takes 128 changes and 1.5 MiB in a transaction; one value may be larger than a batch. */
const BATCH_CHANGES = 100;
const BATCH_BYTES = 512 * 1024;
const LOOK_EVERY_MS = 200;

/** Where the control data went. */
export interface Moved {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly moveId: string;
  readonly etcd: EtcdConfig;
}

interface Components {
  readonly from: FreezableStore;
  readonly to: ControlStore;
  readonly clock: Clock;
  readonly random: Pick<Random, 'hex'>;
  readonly log: Logger;
}

/**
 * Moves all control data to another, empty store, up to the last step: `completeMove`. Broken off at any instant, exactly one of them serves afterwards: the
 * old one until it holds the mark that says where the data went; from then on the new one, which whoever reads that mark makes serve. Throws
 * ControlStoreError, and then nothing has changed.
 */
export async function moveControlData(components: Components, etcd: EtcdConfig): Promise<Moved> {
  const { from, to, random, log } = components;
  const moved: Moved = { formatVersion: FORMAT_VERSION, moveId: random.hex(MOVE_ID_BYTES), etcd };
  await from.freeze();
  try {
    const mark = await claimTarget(to, { moveId: moved.moveId, clusterId: await clusterOf(from) });
    // A write that nobody waits for any more may be on its way yet: what this is decided on has come to its end.
    await from.txnWhileFrozen([], []);
    const { revision, entries } = await from.range('');
    // Keys under a lease are signs of life, which do not outlive their process.
    const kept = entries.filter((entry) => entry.lease === 0);
    await putAll(to, kept, mark);
    await to.txn([], [{ kind: 'put', key: REVISION_BASE_KEY, value: encodeBase(revision + baseIn(entries)) }]);
    await assertSame(to, kept);
  } catch (error) {
    from.thaw();
    throw error;
  }
  await leaveMark(components, moved);
  log.info({ to: formatControlStoreAddress({ kind: 'etcd', ...etcd }) }, 'the control data was moved');
  return moved;
}

/** The last step of a move, whoever does it: the new store may serve. */
export async function completeMove(to: ControlStore, { moveId }: Pick<Moved, 'moveId'>): Promise<void> {
  const mark = await to.get(INCOMPLETE_KEY);
  if (mark === undefined || decodeMark(mark).moveId !== moveId) return;
  await to.txn([{ key: INCOMPLETE_KEY, modRevision: mark.modRevision }], [{ kind: 'delete', key: INCOMPLETE_KEY }]);
}

/** The mark in a store that was left. */
export async function readMoved(control: ControlStore): Promise<Moved | undefined> {
  const entry = await control.get(MOVED_KEY);
  return entry === undefined ? undefined : (decodeMark(entry) as Moved);
}

function baseIn(entries: readonly KeyValue[]): number {
  const entry = entries.find(({ key }) => key === REVISION_BASE_KEY);
  return entry === undefined ? 0 : decodeBase(entry.value);
}

async function clusterOf(from: ControlStore): Promise<string> {
  const settings = await from.get(SETTINGS_KEY);
  if (settings === undefined)
    throw new ControlStoreError('unavailable', 'this cluster does not exist yet: start it with PILVI_CONTROL_STORE');
  return decodeSettings(settings.value).clusterId;
}

/**
 * Marks an empty store as incomplete; what an earlier attempt, which was broken off, left in it is deleted. Answers the condition under which this attempt goes on.
 * Throws ControlStoreError `not-empty` and `unavailable`.
 */
export async function claimTarget(to: ControlStore, { moveId, clusterId }: { moveId: string; clusterId: string }): Promise<Compare> {
  const mark = await to.get(INCOMPLETE_KEY);
  const { entries } = await to.range('');
  if (mark === undefined && entries.length > 0)
    throw new ControlStoreError(
      'not-empty',
      'etcd holds the control data of a cluster already; choose another name: etcd://host:port/NAME',
    );
  if (mark !== undefined && decodeMark(mark).clusterId !== clusterId)
    throw new ControlStoreError('unavailable', 'another cluster is being moved to this etcd; choose another name: etcd://host:port/NAME');
  const value = Buffer.from(JSON.stringify({ formatVersion: FORMAT_VERSION, moveId, clusterId }));
  const claimed = await to.txn(
    [{ key: INCOMPLETE_KEY, modRevision: mark?.modRevision ?? 0 }],
    [{ kind: 'put', key: INCOMPLETE_KEY, value }],
  );
  if (!claimed.succeeded) throw new ControlStoreError('unavailable', 'another move to this etcd is under way');
  const left = entries.filter((entry) => entry.key !== INCOMPLETE_KEY).map((entry): Change => ({ kind: 'delete', key: entry.key }));
  const condition = { key: INCOMPLETE_KEY, modRevision: claimed.revision };
  for (let i = 0; i < left.length; i += BATCH_CHANGES) await txnUnder(to, condition, left.slice(i, i + BATCH_CHANGES));
  return condition;
}

/** Fills a store in batches, as long as `claim` holds: of two that fill one store, the first gives up. */
export async function putAll(to: ControlStore, entries: readonly Pick<KeyValue, 'key' | 'value'>[], claim: Compare): Promise<void> {
  let batch: Change[] = [];
  let bytes = 0;
  for (const { key, value } of entries) {
    if (batch.length > 0 && (batch.length === BATCH_CHANGES || bytes + value.length > BATCH_BYTES)) {
      await txnUnder(to, claim, batch);
      batch = [];
      bytes = 0;
    }
    batch.push({ kind: 'put', key, value });
    bytes += key.length + value.length;
  }
  if (batch.length > 0) await txnUnder(to, claim, batch);
}

async function txnUnder(to: ControlStore, claim: Compare, changes: readonly Change[]): Promise<void> {
  if ((await to.txn([claim], changes)).succeeded) return;
  throw new ControlStoreError('unavailable', 'another gateway fills this etcd');
}

async function assertSame(to: ControlStore, wanted: readonly KeyValue[]): Promise<void> {
  const found = new Map((await to.range('')).entries.map((entry) => [entry.key, entry.value]));
  const isSame = wanted.every(({ key, value }) => key === REVISION_BASE_KEY || found.get(key)?.equals(value) === true);
  const ours = new Set([...wanted.map(({ key }) => key), INCOMPLETE_KEY, REVISION_BASE_KEY]);
  if (!isSame || [...found.keys()].some((key) => !ours.has(key)))
    throw new ControlStoreError('unavailable', 'etcd was changed by others during the move; nothing was moved');
}

/** From here on there is no way back: as long as it is not known whether the mark counts, nothing else may. */
async function leaveMark({ from, clock, log }: Components, moved: Moved): Promise<void> {
  for (;;) {
    try {
      await from.txnWhileFrozen(
        [{ key: MOVED_KEY, modRevision: 0 }],
        [{ kind: 'put', key: MOVED_KEY, value: Buffer.from(JSON.stringify(moved)) }],
      );
      if ((await readMoved(from))?.moveId === moved.moveId) return;
    } catch (error) {
      if (!(error instanceof ControlStoreError) || error.code === 'closed') throw error;
      log.warn({ err: error }, 'the mark of the move is not known to be on enough storage nodes yet');
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}

function decodeMark(entry: KeyValue): { readonly moveId: string; readonly clusterId?: string } {
  const mark = JSON.parse(entry.value.toString('utf8')) as { formatVersion: number; moveId: string; clusterId?: string };
  if (mark.formatVersion !== FORMAT_VERSION)
    throw new Error(`${entry.key} has format ${String(mark.formatVersion)}, this version reads ${String(FORMAT_VERSION)}`);
  return mark;
}
