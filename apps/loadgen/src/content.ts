import { createSeededRandom } from '@pilvi/runtime';
import { LoadError } from './load-error.ts';

/** A prime, so that no chunk of a server holds the same bytes as the next one. */
const PATTERN_BYTES = 1_048_573;
const SEED = 7;

/**
 * What the objects hold: incompressible bytes, taken from one shared pattern that begins at a place given by the key. So a body
 * is sent without copying a byte, and what is read back is checked by comparing memory.
 */
export class Content {
  readonly #pattern: Buffer;

  constructor() {
    const random = createSeededRandom(SEED);
    this.#pattern = Buffer.alloc(PATTERN_BYTES);
    for (let i = 0; i + 4 <= PATTERN_BYTES; i += 4) this.#pattern.writeUInt32LE(Math.floor(random.fraction() * 2 ** 32), i);
  }

  /** The body of a key as slices of the pattern, in order. */
  *slices(key: string, sizeBytes: number): Generator<Buffer> {
    let position = startOf(key);
    let left = sizeBytes;
    while (left > 0) {
      const slice = this.#pattern.subarray(position, Math.min(PATTERN_BYTES, position + left));
      yield slice;
      left -= slice.length;
      position = 0;
    }
  }

  /** Throws LoadError `wrong-bytes` unless `bytes` are what the key holds from `offsetBytes` on. */
  check(key: string, offsetBytes: number, bytes: Buffer): void {
    let position = (startOf(key) + offsetBytes) % PATTERN_BYTES;
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(PATTERN_BYTES - position, bytes.length - done);
      if (this.#pattern.compare(bytes, done, done + length, position, position + length) !== 0) {
        throw new LoadError(
          'wrong-bytes',
          `${key} holds other bytes than were put, between ${offsetBytes + done} and ${offsetBytes + done + length}`,
        );
      }
      done += length;
      position = 0;
    }
  }
}

/** FNV-1a of the key, as a place in the pattern. */
function startOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % PATTERN_BYTES;
}
