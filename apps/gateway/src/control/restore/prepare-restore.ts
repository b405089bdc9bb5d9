import { ControlStoreError, decodeBackup, readRestoreRequest, refuseRestoreRequest, removeRestoreRequest } from '@pilvi/control-store';
import type { BackupEntry, ControlBackup, ControlStore, RestoreRequest } from '@pilvi/control-store';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { Security } from '@pilvi/transport';
import type { FirstContacts } from '../../cluster/first-contact.ts';
import { decideRestore } from './decide-restore.ts';
import { askNode } from './node-word.ts';
import type { NodeWord } from './node-word.ts';
import { encodeRestored, readRestored, RESTORED_KEY } from './restored-record.ts';

const ASK_EVERY_MS = 1_000;

export interface RestoreComponents {
  readonly contacts: FirstContacts;
  readonly security: (address: string) => Security;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Why the gateway does not serve yet, for a person. */
  readonly onWaiting: (reason: string) => void;
}

/** What a restore begins with. */
export interface PreparedRestore {
  readonly clusterId: string;
  readonly entries: readonly BackupEntry[];
  /** Above every revision that anyone was told. */
  readonly revision: number;
}

/**
 * Asks all storage nodes again and again until it is certain what the control data must be. The request is read anew each time: it may name more nodes as lost.
 * Undefined when it was withdrawn, or refused, which it then says beside the gateway's data.
 */
export async function prepareRestore(
  components: RestoreComponents,
  { dataDir, isEmbedded }: { readonly dataDir: string; readonly isEmbedded: boolean },
  signal: AbortSignal,
): Promise<PreparedRestore | undefined> {
  const { clock, random, log, onWaiting } = components;
  for (;;) {
    signal.throwIfAborted();
    const request = await readRestoreRequest(dataDir);
    if (request === undefined) return undefined;
    const backup = await readBackup(request, dataDir, log);
    if (backup === undefined) return undefined;
    const words = await askAll(components, signal);
    const { without, acceptLoss } = request;
    const decision = decideRestore({ backup, words, isEmbedded, without, acceptLoss }, random);
    switch (decision.kind) {
      case 'wait':
        onWaiting(`restoring the control data: ${decision.reason}`);
        await clock.sleep(ASK_EVERY_MS, signal);
        continue;
      case 'refuse':
        log.error({ reason: decision.reason }, 'the control data is not restored');
        await refuseRestoreRequest(dataDir, { restoreId: request.restoreId, reason: decision.reason });
        return undefined;
      case 'ready': {
        const { entries, revision, findings, unknownBuckets } = decision;
        log.warn({ takenAt: backup.takenAt, nodes: words.map((word) => word.name), findings }, 'restoring the control data from a backup');
        const record = encodeRestored({
          restoreId: request.restoreId,
          backup: { takenAt: backup.takenAt, revision: backup.revision },
          restoredAt: new Date(clock.wallMs()).toISOString(),
          findings,
          unknownBuckets,
        });
        return { clusterId: backup.clusterId, revision, entries: [...entries, { key: RESTORED_KEY, value: record }] };
      }
    }
  }
}

/** The end of a request, once a store is open: it was carried out, or what is there is no place for it. */
export async function settleRestore(control: ControlStore, dataDir: string): Promise<void> {
  const request = await readRestoreRequest(dataDir);
  if (request === undefined) return;
  if ((await readRestored(control))?.restoreId === request.restoreId) await removeRestoreRequest(dataDir);
  else
    await refuseRestoreRequest(dataDir, {
      restoreId: request.restoreId,
      reason: 'the control data of this cluster is there, and goes on: a backup is restored only where it is lost',
    });
}

async function readBackup(request: RestoreRequest, dataDir: string, log: Logger): Promise<ControlBackup | undefined> {
  try {
    return decodeBackup(request.backup);
  } catch (error) {
    if (!(error instanceof ControlStoreError)) throw error;
    log.error({ err: error }, 'the control data is not restored');
    await refuseRestoreRequest(dataDir, { restoreId: request.restoreId, reason: error.message });
    return undefined;
  }
}

/** One round of questions, to all that have called; those that do not answer are silent. */
async function askAll({ contacts, security, log }: RestoreComponents, signal: AbortSignal): Promise<readonly NodeWord[]> {
  const words = await Promise.all(
    contacts.all.map(({ address, incarnation }) =>
      askNode(address, security(address), signal).catch((error: unknown) => {
        log.warn({ err: error, node: incarnation }, 'a storage node does not say what it holds');
        return undefined;
      }),
    ),
  );
  return words.filter((word) => word !== undefined);
}
