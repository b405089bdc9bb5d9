import { randomBytes } from 'node:crypto';

/** Chance, injected so that a seed can replay it (STYLE 17). */
export interface Random {
  bytes(count: number): Buffer;
  /** `bytes` random bytes as lower-case hex: an id of twice as many characters. */
  hex(bytes: number): string;
  /** In [0, 1). */
  fraction(): number;
}

/** The machine's cryptographic source. */
export const systemRandom: Random = createSystemRandom();

/** One call to the system for many small draws, each byte given out once: a call costs more than making an S3 request id should. */
function createSystemRandom(): Random {
  const POOL_BYTES = 4096;
  let pool = Buffer.alloc(0);
  const bytes = (count: number): Buffer => {
    if (count > POOL_BYTES / 16) return randomBytes(count);
    if (count > pool.length) pool = randomBytes(POOL_BYTES);
    const drawn = pool.subarray(0, count);
    pool = pool.subarray(count);
    return drawn;
  };
  return { bytes, hex: (count) => bytes(count).toString('hex'), fraction: () => bytes(6).readUIntBE(0, 6) / 2 ** 48 };
}

/** The same sequence for the same seed (mulberry32). For tests: not a source of secrets. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const bytes = (count: number): Buffer => {
    const out = Buffer.allocUnsafe(count);
    for (let i = 0; i < count; i++) out[i] = Math.floor(fraction() * 256);
    return out;
  };
  return { bytes, fraction, hex: (count) => bytes(count).toString('hex') };
}
