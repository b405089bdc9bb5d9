import { ChunkStoreError } from '@pilvi/chunk-store';
import type { ChunkStoreErrorCode } from '@pilvi/chunk-store';
import { ChunkFailureCode } from '@pilvi/contracts/chunk/v1/service';
import type { Logger } from '@pilvi/runtime';
import type { ChunkReply } from './chunk-service.ts';

const CODES: Record<ChunkStoreErrorCode, ChunkFailureCode> = {
  'not-found': ChunkFailureCode.NOT_FOUND,
  damaged: ChunkFailureCode.DAMAGED,
  'no-space': ChunkFailureCode.NO_SPACE,
  'bad-checksum': ChunkFailureCode.BAD_CHECKSUM,
  'write-failed': ChunkFailureCode.INTERNAL,
  'format-version': ChunkFailureCode.INTERNAL,
};

/** The one place where the chunk store's errors become wire codes. */
export function failureOf(error: unknown, log: Logger): ChunkReply {
  if (error instanceof ChunkStoreError) return { $case: 'failure', value: { code: CODES[error.code], detail: error.message } };
  log.error({ err: error }, 'chunk request failed');
  return { $case: 'failure', value: { code: ChunkFailureCode.INTERNAL, detail: 'internal' } };
}
