import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** Bytes fields from this length on are neither copied into a growing buffer while a message is encoded, nor out of it when it is decoded. */
export const LARGE_BYTES = 4 * 1024;

/** The encoding half of a generated message. */
interface Encodes<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
}

/** Encodes a message into one buffer of its own; each large payload is copied exactly once. */
export function encodeMessage<T>(type: Encodes<T>, message: T): Buffer {
  const writer = new GatheringWriter();
  type.encode(message, writer);
  return writer.gather();
}

/**
 * A bytes field as the generated decoders keep it. Large ones stay where they are, in the message's own buffer; small ones are
 * copied, so that a 16-byte id kept for long does not hold a megabyte in memory.
 */
export function takeBytes(bytes: Uint8Array): Buffer {
  return bytes.length < LARGE_BYTES ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The parts of BinaryWriter that its type keeps private: where it writes, and where the open length-delimited fields began. */
interface Internals {
  buffer: Uint8Array;
  pos: number;
  stackPos: number[];
  ensureCapacity(additional: number): void;
}

/** A large payload, to be put before what was written at `pos`. */
interface Apart {
  pos: number;
  readonly bytes: Uint8Array;
}

/** The base's `fork` reserves one byte for the length. */
const RESERVED_PREFIX_BYTES = 1;

/**
 * BinaryWriter copies a payload at each level of nesting (the length before it is only known after it) and each time its buffer
 * grows: seven copies of a 1 MiB chunk. This one keeps large payloads apart and puts everything together at the end.
 */
class GatheringWriter extends BinaryWriter {
  readonly #apart: Apart[] = [];
  #apartBytes = 0;
  /** For each open fork: payloads kept apart, and their bytes, when it began. */
  readonly #forks: { count: number; bytes: number }[] = [];

  get #base(): Internals {
    return this as unknown as Internals;
  }

  override bytes(value: Uint8Array): this {
    if (value.byteLength < LARGE_BYTES) return super.bytes(value);
    this.uint32(value.byteLength);
    this.#apart.push({ pos: this.#base.pos, bytes: value });
    this.#apartBytes += value.byteLength;
    return this;
  }

  override fork(): this {
    this.#forks.push({ count: this.#apart.length, bytes: this.#apartBytes });
    return super.fork();
  }

  override join(): this {
    const began = this.#forks.pop();
    if (began === undefined || began.count === this.#apart.length) return super.join();
    const base = this.#base;
    const forkPos = base.stackPos.pop() ?? 0;
    const written = base.pos - forkPos - RESERVED_PREFIX_BYTES;
    const length = written + this.#apartBytes - began.bytes;
    const shift = varintSize(length) - RESERVED_PREFIX_BYTES;
    base.ensureCapacity(shift);
    base.buffer.copyWithin(forkPos + RESERVED_PREFIX_BYTES + shift, forkPos + RESERVED_PREFIX_BYTES, base.pos);
    for (const apart of this.#apart.slice(began.count)) apart.pos += shift;
    base.pos = forkPos;
    this.uint32(length);
    base.pos += written;
    return this;
  }

  /** Everything written, once. */
  gather(): Buffer {
    const { buffer, pos } = this.#base;
    const out = Buffer.allocUnsafe(pos + this.#apartBytes);
    let from = 0;
    let to = 0;
    for (const apart of this.#apart) {
      out.set(buffer.subarray(from, apart.pos), to);
      to += apart.pos - from;
      out.set(apart.bytes, to);
      to += apart.bytes.byteLength;
      from = apart.pos;
    }
    out.set(buffer.subarray(from, pos), to);
    return out;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}
