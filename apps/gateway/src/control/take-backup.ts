import { ControlStoreError, encodeBackup } from '@pilvi/control-store';
import type { ControlStore } from '@pilvi/control-store';
import { SETTINGS_KEY } from '../cluster/keys.ts';
import { decodeSettings } from '../cluster/stored-form.ts';

/** The text of a backup file: all keys at one revision, but for those under a lease, which are signs of life. Throws ControlStoreError. */
export async function takeBackup(control: ControlStore, wallMs: number): Promise<string> {
  const { revision, entries } = await control.range('');
  const settings = entries.find(({ key }) => key === SETTINGS_KEY);
  if (settings === undefined) throw new ControlStoreError('unavailable', 'this cluster does not exist yet');
  return encodeBackup({
    clusterId: decodeSettings(settings.value).clusterId,
    revision,
    takenAt: new Date(wallMs).toISOString(),
    entries: entries.filter(({ lease }) => lease === 0),
  });
}
