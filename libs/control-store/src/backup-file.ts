import { createHash } from 'node:crypto';
import { ControlStoreError } from './errors.ts';

const FORMAT = 'pilvi-control-store-backup';
const FORMAT_VERSION = 1;

/** All control data of a cluster at one revision, but for what lives under a lease. */
export interface ControlBackup {
  readonly clusterId: string;
  /** Of the store it was read from. */
  readonly revision: number;
  /** ISO 8601. */
  readonly takenAt: string;
  /** In the order of their keys. */
  readonly entries: readonly BackupEntry[];
}

export interface BackupEntry {
  readonly key: string;
  readonly value: Buffer;
}

interface Head {
  readonly format: typeof FORMAT;
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly clusterId: string;
  readonly revision: number;
  readonly takenAt: string;
  readonly keys: number;
  /** Of this head without its checksum, and of all lines after it. */
  readonly sha256: string;
}

/** The text of a backup file: a line of JSON that describes it, then one for each key. */
export function encodeBackup({ clusterId, revision, takenAt, entries }: ControlBackup): string {
  const body = entries.map(({ key, value }) => `${JSON.stringify({ key, value: value.toString('base64') })}\n`).join('');
  const head = { format: FORMAT, formatVersion: FORMAT_VERSION, clusterId, revision, takenAt, keys: entries.length } as const;
  return `${JSON.stringify({ ...head, sha256: checksum(head, body) } satisfies Head)}\n${body}`;
}

/** The inverse. Throws ControlStoreError `bad-backup`, with a text for a person, for a file that is damaged, cut short or something else. */
export function decodeBackup(text: string): ControlBackup {
  const headEnd = text.indexOf('\n');
  const head = headEnd < 0 ? undefined : (parse(text.slice(0, headEnd)) as Partial<Head> | undefined);
  if (head?.format !== FORMAT) throw new ControlStoreError('bad-backup', 'this is no backup of control data');
  if (head.formatVersion !== FORMAT_VERSION)
    throw new ControlStoreError(
      'bad-backup',
      `the backup has format ${String(head.formatVersion)}, this version reads ${String(FORMAT_VERSION)}`,
    );
  const body = text.slice(headEnd + 1);
  const { sha256, ...described } = head;
  if (sha256 !== checksum(described, body))
    throw new ControlStoreError('bad-backup', 'the backup is damaged or cut short: its checksum does not fit what it holds');
  const { clusterId, revision, takenAt } = head as Head;
  const entries = body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { key: string; value: string })
    .map(({ key, value }) => ({ key, value: Buffer.from(value, 'base64') }));
  return { clusterId, revision, takenAt, entries };
}

function checksum(head: Partial<Omit<Head, 'sha256'>>, body: string): string {
  return createHash('sha256')
    .update(`${JSON.stringify(head)}\n${body}`)
    .digest('hex');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
