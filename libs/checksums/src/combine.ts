import { digestOf } from './hasher.ts';
import type { ChecksumAlgorithm, CrcAlgorithm } from './algorithms.ts';

/**
 * The CRC of `A || B` from the CRCs of A and B, in base64, and the length of B in bytes. Source: Mark Adler's
 * crc32_combine in zlib, for any width: appending n zero bytes to A multiplies its CRC by x^8n modulo the polynomial.
 */
export function combineCrc(algorithm: CrcAlgorithm, crcA: string, crcB: string, lengthB: number): string {
  const field = FIELDS[algorithm];
  const shifted = multiply(field, powerOfX(field, lengthB), fromBase64(crcA));
  return toBase64(shifted ^ fromBase64(crcB), field.width);
}

/** S3's checksum of checksums of a multipart upload, `<base64>-<parts>`, from the parts' values in base64, in order. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, partValues: readonly string[]): string {
  const digests = Buffer.concat(partValues.map((value) => Buffer.from(value, 'base64')));
  return `${digestOf(algorithm, digests).toString('base64')}-${partValues.length}`;
}

/** Polynomials over GF(2) modulo a CRC's polynomial, bits reversed: the highest bit is the coefficient of x^0. */
interface Field {
  readonly width: bigint;
  readonly polynomial: bigint;
  /** x^(2^k) for each k, filled as far as it was needed. */
  readonly squares: bigint[];
  /** x^8n of the last length n asked for: the parts of an upload are mostly of one length. */
  readonly last: { lengthBytes: number; power: bigint };
}

const FIELDS: Readonly<Record<CrcAlgorithm, Field>> = {
  CRC32: field(32n, 0xedb88320n),
  CRC32C: field(32n, 0x82f63b78n),
  CRC64NVME: field(64n, 0x9a6c9329ac4bc9b5n),
};

function field(width: bigint, polynomial: bigint): Field {
  const one = 1n << (width - 1n);
  return { width, polynomial, squares: [one >> 1n], last: { lengthBytes: 0, power: one } };
}

function powerOfX(field: Field, lengthBytes: number): bigint {
  if (field.last.lengthBytes === lengthBytes) return field.last.power;
  let power = 1n << (field.width - 1n);
  let k = 3; // eight bits to a byte
  for (let rest = lengthBytes; rest > 0; rest = Math.floor(rest / 2), k++) {
    if (rest % 2 === 1) power = multiply(field, square(field, k), power);
  }
  field.last.lengthBytes = lengthBytes;
  field.last.power = power;
  return power;
}

function square(field: Field, k: number): bigint {
  for (let n = field.squares.length; n <= k; n++) {
    const root = field.squares[n - 1] ?? 0n;
    field.squares.push(multiply(field, root, root));
  }
  return field.squares[k] ?? 0n;
}

function multiply({ width, polynomial }: Field, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << (width - 1n); bit !== 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ polynomial;
  }
  return product;
}

function fromBase64(text: string): bigint {
  return BigInt(`0x${Buffer.from(text, 'base64').toString('hex')}`);
}

function toBase64(crc: bigint, width: bigint): string {
  return Buffer.from(crc.toString(16).padStart(Number(width) / 4, '0'), 'hex').toString('base64');
}
