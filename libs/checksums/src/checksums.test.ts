import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CHECKSUM_ALGORITHMS,
  combineCrc,
  compositeChecksum,
  createHasher,
  digestOf,
  digestSizeBytes,
  fromStoredAlgorithm,
  toStoredAlgorithm,
  type CrcAlgorithm,
  type HashAlgorithm,
} from './index.ts';

const CRCS: readonly CrcAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME'];
const ALL: readonly HashAlgorithm[] = [...CHECKSUM_ALGORITHMS, 'MD5'];

test('check values of "123456789" as their catalogues give them', () => {
  const known: Record<HashAlgorithm, string> = {
    CRC32: 'cbf43926',
    CRC32C: 'e3069283',
    CRC64NVME: 'ae8b14860a799888',
    MD5: '25f9e794323b453885f5181f1b624d0b',
    SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
    SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  };
  for (const algorithm of ALL) assert.equal(digestOf(algorithm, Buffer.from('123456789')).toString('hex'), known[algorithm], algorithm);
});

test('of no bytes, and of a kilobyte of zeros', () => {
  assert.equal(digestOf('CRC64NVME', Buffer.alloc(0)).toString('base64'), 'AAAAAAAAAAA=');
  assert.equal(digestOf('CRC32C', Buffer.alloc(0)).toString('hex'), '00000000');
  assert.equal(digestOf('CRC32C', Buffer.alloc(32)).toString('hex'), '8a9136aa'); // RFC 3720, B.4
  assert.equal(digestOf('CRC32C', Buffer.alloc(32, 0xff)).toString('hex'), '62a8ab43');
  assert.equal(digestOf('CRC64NVME', Buffer.alloc(4096)).toString('hex'), '6482d367eb22b64e'); // NVM Command Set, figure of test cases
  assert.equal(digestOf('CRC64NVME', Buffer.alloc(4096, 0xff)).toString('hex'), 'c0ddba7302eca3ac');
});

test('pieces in any cut, hashers interleaved, give what the whole gives', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
      const whole = Buffer.concat(pieces);
      const hashers = ALL.map((algorithm) => ({ algorithm, hasher: createHasher(algorithm), other: createHasher(algorithm) }));
      for (const piece of pieces) {
        for (const { hasher, other } of hashers) {
          hasher.update(piece);
          other.update(Buffer.from('something else'));
        }
      }
      for (const { algorithm, hasher } of hashers) assert.deepEqual(hasher.digest(), digestOf(algorithm, whole), algorithm);
    }),
  );
});

test('a piece larger than the shared memory of the WebAssembly instance', () => {
  const bytes = Buffer.alloc(300_001, 'pilvi');
  for (const algorithm of CRCS) {
    const hasher = createHasher(algorithm);
    for (let at = 0; at < bytes.length; at += 1000) hasher.update(bytes.subarray(at, at + 1000));
    assert.deepEqual(hasher.digest(), digestOf(algorithm, bytes), algorithm);
  }
});

test('combineCrc(a, b) is the CRC of a followed by b', () => {
  const base64 = (algorithm: CrcAlgorithm, bytes: Uint8Array) => digestOf(algorithm, bytes).toString('base64');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 3000 }), (a, b) => {
      for (const crc of CRCS) {
        assert.equal(combineCrc(crc, base64(crc, a), base64(crc, b), b.length), base64(crc, Buffer.concat([a, b])), crc);
      }
    }),
  );
});

test('combineCrc over lengths beyond 32 bits follows from its parts', () => {
  // (a | b) | c and a | (b | c), with b and c of 3 GiB: only the lengths enter.
  const gib3 = 3 * 2 ** 30;
  for (const crc of CRCS) {
    const [a = '', b = '', c = ''] = ['one', 'two', 'three'].map((text) => digestOf(crc, Buffer.from(text)).toString('base64'));
    const left = combineCrc(crc, combineCrc(crc, a, b, gib3), c, gib3);
    const right = combineCrc(crc, a, combineCrc(crc, b, c, gib3), 2 * gib3);
    assert.equal(left, right, crc);
  }
});

test('compositeChecksum is the checksum of the digests, with the number of parts', () => {
  const parts = ['first', 'second'].map((text) => digestOf('SHA256', Buffer.from(text)));
  const expected = digestOf('SHA256', Buffer.concat(parts)).toString('base64');
  const values = parts.map((digest) => digest.toString('base64'));
  assert.equal(compositeChecksum('SHA256', values), `${expected}-2`);
});

test('algorithms survive the contracts, and digests have their sizes', () => {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    assert.equal(fromStoredAlgorithm(toStoredAlgorithm(algorithm)), algorithm);
    assert.equal(digestOf(algorithm, Buffer.alloc(1)).length, digestSizeBytes(algorithm));
  }
  assert.equal(fromStoredAlgorithm(0), undefined);
});
