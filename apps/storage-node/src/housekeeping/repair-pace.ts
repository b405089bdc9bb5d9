/** What a copy costs whatever its length, told as bytes. */
const FIXED_BYTES = 256 * 1024;
/** A copy that takes so many times as long as it could is waiting for clients: it leaves them the more. */
const REST_PER_DELAY = 2;
/** Of the time that the copy took. Repair goes on, however busy the machine is. */
const MAX_REST_SHARE = 4;
/** The shortest time is believed for so many copies: disks and machines change. */
const REMEMBERED = 512;

/** How long repair rests between copies (P3). */
export interface RepairPace {
  /** For how many milliseconds the place of a copy rests, that moved so many bytes in so many milliseconds. */
  restMs(bytes: number, tookMs: number): number;
}

/**
 * Clients come first (P3), and are told by how long copies take, as LEDBAT does it for transfers in the background (RFC 6817): one that takes as long as the quickest of
 * late found nobody in its way, and the next follows at once; one that takes longer shares processors, disks or links with somebody, and rests for several times as long as it took.
 */
export function createRepairPace(): RepairPace {
  // The quickest of this span of copies and of the one before, in milliseconds per byte.
  let [quickest, before, copies] = [Infinity, Infinity, 0];
  return {
    restMs(bytes, tookMs) {
      const msPerByte = tookMs / (bytes + FIXED_BYTES);
      if (++copies > REMEMBERED) [quickest, before, copies] = [Infinity, quickest, 1];
      quickest = Math.min(quickest, msPerByte);
      const delay = msPerByte / Math.min(quickest, before) - 1;
      return tookMs * Math.min(REST_PER_DELAY * delay, MAX_REST_SHARE);
    },
  };
}
