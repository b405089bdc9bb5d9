import type { IdRange } from '@pilvi/instance-images';
import type { Carried } from './instance-record.ts';

/** Between the ids that systemd gives to containers and those that are signed in some programs; nobody else hands them out. */
const FIRST_ID = 0x70000000;
const IDS_EACH = 65_536;
/** The last ids of the range are systemd's again. */
const SLOTS = 4094;

export function idRangeOf(slot: number): IdRange {
  return { firstId: FIRST_ID + slot * IDS_EACH, count: IDS_EACH };
}

/** The lowest slot that nobody has. Throws when every one is taken. */
export function nextSlot(known: readonly Pick<Carried, 'phase' | 'idSlot'>[], alsoTaken: readonly number[]): number {
  const ofInstances = known.flatMap(({ phase, idSlot }) => (phase === 'gone' || idSlot === undefined ? [] : [idSlot]));
  const taken = new Set([...ofInstances, ...alsoTaken]);
  for (let slot = 0; slot < SLOTS; slot++) if (!taken.has(slot)) return slot;
  throw new Error('every range of user ids is taken');
}
