import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCK_BYTES } from './stored-chunk.ts';

const WASM_PAGE_BYTES = 65_536;
/** https://webassembly.github.io/spec/js-api/#memories; the types of Node leave it out. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
};

/**
 * Memory for writes that pass the page cache by (O_DIRECT of open(2)): its address, and the length of what is written, are multiples of a block. Node's own
 * buffers begin anywhere.
 */
export interface DirectBuffers {
  /** `pieces` one after another, and zeros up to a whole block; undefined when they are too long, or no buffer is free. */
  fill(pieces: readonly Uint8Array[]): DirectBuffer | undefined;
}

export interface DirectBuffer extends Disposable {
  readonly bytes: Buffer;
}

/**
 * `count` buffers of at least `sizeBytes` each; undefined where the file system of `directory` writes only through the page cache. A chunk is written once, and
 * read by few soon: through the page cache it would be copied, drive out what is read often, and, where a virtual machine gives free memory back to its host,
 * wait for each page of it (ARCHITECTURE.md, "Where the time goes").
 */
export function openDirectBuffers(directory: string, count: number, sizeBytes: number): DirectBuffers | undefined {
  const pagesEach = Math.ceil(sizeBytes / WASM_PAGE_BYTES);
  const buffer = alignedMemory(count * pagesEach);
  if (buffer === undefined) return undefined;
  const free = Array.from({ length: count }, (_, i) => Buffer.from(buffer, i * pagesEach * WASM_PAGE_BYTES, pagesEach * WASM_PAGE_BYTES));
  if (!takesDirectWrites(directory, free[0]!.subarray(0, BLOCK_BYTES))) return undefined;
  return {
    fill(pieces) {
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const blocks = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
      if (blocks > pagesEach * WASM_PAGE_BYTES) return undefined;
      const memory = free.pop();
      if (memory === undefined) return undefined;
      let at = 0;
      for (const piece of pieces) {
        memory.set(piece, at);
        at += piece.length;
      }
      memory.fill(0, at, blocks);
      return { bytes: memory.subarray(0, blocks), [Symbol.dispose]: () => void free.push(memory) };
    },
  };
}

/**
 * The one memory of JavaScript whose address is known to be a multiple of a page's size; what is not used of it takes no room, though V8 may reserve addresses
 * after it. Undefined where these cannot be had: under a limit of them, or without a just-in-time compiler.
 */
function alignedMemory(pages: number): ArrayBuffer | undefined {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
  } catch {
    return undefined;
  }
}

/** tmpfs and some others refuse, at the opening or at the first write; what they say differs. */
function takesDirectWrites(directory: string, block: Buffer): boolean {
  const path = join(directory, 'direct');
  try {
    const file = openSync(path, constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC | constants.O_DIRECT, 0o600);
    try {
      return writeSync(file, block, 0, block.length, 0) === block.length;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}
