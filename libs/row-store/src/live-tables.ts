import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maskedCrc32c } from './block-checksum.ts';
import { readVarint } from './varint.ts';

/**
 * Which tables a LevelDB consists of: those that its manifest names. Others may lie beside them: one that was being written when the process was killed,
 * or is being written just now. Sources: leveldb/doc/log_format.md, leveldb/db/version_edit.cc.
 */
const LOG_BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** The tags of a version edit, and how many numbers follow each before the strings. */
const EDIT_FIELDS = new Map<number, { readonly numbers: number; readonly strings: number }>([
  [1, { numbers: 0, strings: 1 }], // comparator
  [2, { numbers: 1, strings: 0 }], // log number
  [3, { numbers: 1, strings: 0 }], // next file number
  [4, { numbers: 1, strings: 0 }], // last sequence
  [5, { numbers: 1, strings: 1 }], // compact pointer
  [6, { numbers: 2, strings: 0 }], // deleted file: level, number
  [7, { numbers: 3, strings: 2 }], // new file: level, number, size; smallest and largest key
  [9, { numbers: 1, strings: 0 }], // previous log number
]);
const DELETED_FILE = 6;
const NEW_FILE = 7;

export interface LiveTables {
  /** File names. */
  readonly tables: readonly string[];
  /** The manifest's own name when it does not make sense; `tables` is then what its beginning tells. */
  readonly damagedManifest: string | undefined;
}

/** The live tables of a LevelDB directory, open or not; none where there is no database yet. */
export async function liveTables(directory: string): Promise<LiveTables> {
  const current = await readFile(join(directory, 'CURRENT'), 'latin1').catch(absent);
  if (current === undefined) return { tables: [], damagedManifest: undefined };
  const name = current.trim();
  const manifest = await readFile(join(directory, name)).catch(absent);
  const numbers = new Set<number>();
  const isSound = manifest !== undefined && applyEdits(manifest, numbers);
  return { tables: [...numbers].map((n) => `${String(n).padStart(6, '0')}.ldb`), damagedManifest: isSound ? undefined : name };
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

/** False when a record in it is damaged. A record cut off at the end was never finished, and counts for nothing. */
function applyEdits(manifest: Buffer, live: Set<number>): boolean {
  try {
    let edit: Buffer[] = [];
    for (let at = 0; at + HEADER_BYTES <= manifest.length;) {
      const leftInBlock = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES);
      if (leftInBlock < HEADER_BYTES) {
        at += leftInBlock;
        continue;
      }
      const end = at + HEADER_BYTES + manifest.readUInt16LE(at + 4);
      if (end > manifest.length) break;
      if (maskedCrc32c(manifest.subarray(at + 6, end)) !== manifest.readUInt32LE(at)) return false;
      const type = manifest.readUInt8(at + 6);
      if (type === FULL || type === FIRST) edit = [];
      edit.push(manifest.subarray(at + HEADER_BYTES, end));
      if (type === FULL || type === LAST) applyEdit(Buffer.concat(edit), live);
      at = end;
    }
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function applyEdit(edit: Buffer, live: Set<number>): void {
  for (let at = 0; at < edit.length;) {
    const tag = readVarint(edit, at);
    const fields = EDIT_FIELDS.get(tag.value);
    if (fields === undefined) throw new RangeError(`tag ${String(tag.value)} in a version edit`);
    at = tag.next;
    const numbers: number[] = [];
    for (let i = 0; i < fields.numbers; i++) {
      const number = readVarint(edit, at);
      numbers.push(number.value);
      at = number.next;
    }
    for (let i = 0; i < fields.strings; i++) {
      const length = readVarint(edit, at);
      at = length.next + length.value;
    }
    const [, file = 0] = numbers;
    if (tag.value === DELETED_FILE) live.delete(file);
    if (tag.value === NEW_FILE) live.add(file);
  }
}
