/** A number as LevelDB writes it: seven bits a byte, the lowest first. Throws RangeError beyond the buffer, and for more than eight bytes. */
export function readVarint(from: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = at; i < at + 8; i++) {
    const byte = from.readUInt8(i);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: i + 1 };
    scale *= 128;
  }
  throw new RangeError('a number of more than eight bytes');
}
