import { ControlStoreError, decodeBackup, readRestoreRequest, refuseRestoreRequest } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { REVISION_BASE_KEY } from '../../cluster/keys.ts';
import { encodeBase } from '../../cluster/stored-form.ts';
import { claimTarget, completeMove, INCOMPLETE_KEY, putAll } from '../control-move.ts';
import { prepareRestore } from './prepare-restore.ts';
import type { RestoreComponents } from './prepare-restore.ts';

/**
 * Carries out what `pilvi control-store restore` asked for, if anything. While it waits for the nodes, and until everything is there, the store is marked as
 * incomplete, and no gateway serves from it; broken off anywhere, the next start begins again.
 */
export async function restoreIntoEtcd(
  components: RestoreComponents,
  control: ControlStore,
  dataDir: string,
  signal: AbortSignal,
): Promise<void> {
  const request = await readRestoreRequest(dataDir);
  if (request === undefined) return;
  const { restoreId } = request;
  try {
    const { clusterId } = decodeBackup(request.backup);
    const claim = await claimTarget(control, { moveId: restoreId, clusterId });
    const prepared = await prepareRestore(components, { dataDir, isEmbedded: false }, signal);
    if (prepared === undefined) {
      await control.txn([claim], [{ kind: 'delete', key: INCOMPLETE_KEY }]);
      return;
    }
    const { entries, revision } = prepared;
    // etcd counts revisions from the beginning again: those of the map go on above all that were told (E2).
    await putAll(control, [...entries, { key: REVISION_BASE_KEY, value: encodeBase(revision) }], claim);
    await completeMove(control, { moveId: restoreId });
  } catch (error) {
    // `not-empty`: settleRestore says what became of it.
    if (!(error instanceof ControlStoreError) || (error.code !== 'bad-backup' && error.code !== 'not-empty')) throw error;
    if (error.code === 'bad-backup') await refuseRestoreRequest(dataDir, { restoreId, reason: error.message });
  }
}
