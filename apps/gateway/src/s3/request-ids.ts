import type { Random } from '@pilvi/runtime';

const ID_BYTES = 8;
/** One call for so many ids: asking for eight random bytes at a time costs as much as signing. */
const IDS_AT_ONCE = 256;

/** Request ids as S3 makes them: 16 upper-case hexadecimal digits. */
export function createRequestIds(random: Random): () => string {
  let pool = '';
  let next = 0;
  return () => {
    if (next === pool.length) {
      pool = random.hex(ID_BYTES * IDS_AT_ONCE).toUpperCase();
      next = 0;
    }
    next += ID_BYTES * 2;
    return pool.slice(next - ID_BYTES * 2, next);
  };
}
