import type { Change, Compare, ControlStore, KeyValue } from '@pilvi/control-store';

/** First byte of every value; another one is refused, not misread. What follows is JSON. */
const FORMAT_VERSION = 1;
const PAGE = 1_000;

/** A record as it was read: `modRevision` is the condition of a change that must not overwrite another. */
export interface Stored<T> {
  readonly key: string;
  readonly modRevision: number;
  readonly record: T;
}

/** What a transaction is made of. */
export interface Step {
  readonly compares: readonly Compare[];
  readonly changes: readonly Change[];
}

/** The records of one kind, each under a key of its own. */
export interface Collection<T> {
  readonly prefix: string;
  get(id: string, signal?: AbortSignal): Promise<Stored<T> | undefined>;
  /** All, in the order of their ids. */
  all(signal?: AbortSignal): Promise<Stored<T>[]>;
  /** Those whose ids begin with this, in the order of their ids. */
  under(idPrefix: string, signal?: AbortSignal): Promise<Stored<T>[]>;
  create(id: string, record: T): Step;
  replace(stored: Stored<T>, record: T): Step;
  remove(stored: Stored<T>): Step;
  decode(entry: KeyValue): Stored<T>;
}

export function createCollection<T>(control: ControlStore, prefix: string): Collection<T> {
  const decode = (entry: KeyValue): Stored<T> => ({
    key: entry.key,
    modRevision: entry.modRevision,
    record: decodeRecord(entry.value) as T,
  });
  const under = async (idPrefix: string, signal?: AbortSignal): Promise<Stored<T>[]> => {
    const found: Stored<T>[] = [];
    for (let startAfter: string | undefined; ;) {
      const page = await control.range(prefix + idPrefix, {
        limit: PAGE,
        ...(startAfter === undefined ? {} : { startAfter }),
        ...(signal === undefined ? {} : { signal }),
      });
      found.push(...page.entries.map(decode));
      startAfter = page.entries.at(-1)?.key;
      if (!page.more || startAfter === undefined) return found;
    }
  };
  return {
    prefix,
    decode,
    async get(id, signal) {
      const entry = await control.get(prefix + id, signal);
      return entry === undefined ? undefined : decode(entry);
    },
    all: (signal) => under('', signal),
    under,
    create: (id, record) => ({
      compares: [{ key: prefix + id, modRevision: 0 }],
      changes: [{ kind: 'put', key: prefix + id, value: encodeRecord(record) }],
    }),
    replace: ({ key, modRevision }, record) => ({
      compares: [{ key, modRevision }],
      changes: [{ kind: 'put', key, value: encodeRecord(record) }],
    }),
    remove: ({ key, modRevision }) => ({ compares: [{ key, modRevision }], changes: [{ kind: 'delete', key }] }),
  };
}

function encodeRecord(record: unknown): Buffer {
  return Buffer.concat([Buffer.of(FORMAT_VERSION), Buffer.from(JSON.stringify(record))]);
}

function decodeRecord(value: Buffer): unknown {
  if (value[0] !== FORMAT_VERSION)
    throw new Error(`a compute record has format ${String(value[0])}, this version reads ${String(FORMAT_VERSION)}`);
  return JSON.parse(value.subarray(1).toString());
}
