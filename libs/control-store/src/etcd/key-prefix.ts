import assert from 'node:assert/strict';

/** How keys of the store lie in etcd: below a prefix of the cluster's own. */
export interface EtcdKeyspace {
  /** A key as etcd has it. */
  encode(key: string): Buffer;
  /** The opposite. */
  decode(stored: Buffer): string;
  /** All keys that begin with `prefix`, and come after `startAfter`. */
  span(prefix: string, startAfter?: string): KeySpan;
}

/** From `key` to just before `rangeEnd`. */
export interface KeySpan {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
}

/** The keys of one cluster. Its name is one part of a path: keys of two clusters never mix. */
export function keyspaceOf(cluster: string): EtcdKeyspace {
  assert.match(cluster, /^[\w.-]+$/, 'the name of a cluster has letters, digits, and . _ -');
  const root = `/pilvi/${cluster}/`;
  const rootBytes = Buffer.byteLength(root);
  const encode = (key: string): Buffer => {
    assert.ok(key.isWellFormed(), 'a key is Unicode text');
    return Buffer.from(root + key);
  };
  return {
    encode,
    decode: (stored) => stored.toString('utf8', rootBytes),
    span(prefix, startAfter) {
      const first = encode(prefix);
      // No byte of UTF-8 is 0xff: the last one can always be raised.
      const rangeEnd = Buffer.from(first);
      rangeEnd[rangeEnd.length - 1]!++;
      if (startAfter === undefined) return { key: first, rangeEnd };
      const next = Buffer.concat([encode(startAfter), Buffer.of(0)]);
      return { key: Buffer.compare(next, first) > 0 ? next : first, rangeEnd };
    },
  };
}
