import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** `[format version 1]` and then, for each deleted chunk, `[CRC-32 of the id: 4][id: 16]`. */
const FORMAT_VERSION = 1;
const ENTRY_BYTES = 20;

/**
 * Which deleted chunks still take up space, so that a restart goes on reclaiming. Not synced, and a torn or damaged line is skipped: what is lost
 * here is only when some space comes back.
 */
export interface ReclaimJournal {
  add(ids: readonly Buffer[]): void;
  /** Replaces the contents by those still waiting. */
  rewrite(ids: readonly Buffer[]): void;
}

export function openReclaimJournal(path: string): { journal: ReclaimJournal; waiting: Buffer[] } {
  const stored = readIfThere(path);
  const waiting: Buffer[] = [];
  if (stored !== undefined && stored[0] === FORMAT_VERSION) {
    for (let at = 1; at + ENTRY_BYTES <= stored.length; at += ENTRY_BYTES) {
      const id = stored.subarray(at + 4, at + ENTRY_BYTES);
      if (crc32(id) === stored.readUInt32BE(at)) waiting.push(id);
    }
  }
  let fresh = stored?.[0] !== FORMAT_VERSION;
  const journal: ReclaimJournal = {
    add(ids) {
      if (ids.length === 0) return;
      appendFileSync(path, encode(ids, fresh), { flag: fresh ? 'w' : 'a', mode: 0o600 });
      fresh = false;
    },
    rewrite(ids) {
      writeFileSync(`${path}.tmp`, encode(ids, true), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
      fresh = false;
    },
  };
  return { journal, waiting };
}

function encode(ids: readonly Buffer[], withVersion: boolean): Buffer {
  const start = withVersion ? 1 : 0;
  const out = Buffer.alloc(start + ids.length * ENTRY_BYTES);
  if (withVersion) out[0] = FORMAT_VERSION;
  ids.forEach((id, i) => {
    out.writeUInt32BE(crc32(id), start + i * ENTRY_BYTES);
    id.copy(out, start + i * ENTRY_BYTES + 4);
  });
  return out;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
