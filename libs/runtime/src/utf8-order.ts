const SURROGATES_START = 0xd800;
const SURROGATES_END = 0xe000;

/**
 * Compares two texts by their UTF-8 bytes, as S3 orders keys, without encoding them. UTF-16 has the same order but for
 * surrogates, which stand for the highest code points and have lower numbers than U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < SURROGATES_START) return unit;
  return unit < SURROGATES_END ? unit + 0x2000 : unit - 0x800;
}
