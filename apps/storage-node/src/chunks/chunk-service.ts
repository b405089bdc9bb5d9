import type { ChunkStore } from '@pilvi/chunk-store';
import type { ChunkFailureCode, ChunkRequest, ChunkResponse } from '@pilvi/contracts/chunk/v1/service';
import type { Logger } from '@pilvi/runtime';
import type { ChunkInventory } from '@pilvi/row-store';
import type { SpaceGuard } from '../space-guard.ts';
import type { ChunkJournal } from './chunk-journal.ts';
import { deleteChunks } from './delete-chunks.ts';
import { deleteOwned } from './delete-owned.ts';
import { failureOf } from './failure.ts';
import { getChunk } from './get-chunk.ts';
import { putChunk } from './put-chunk.ts';
import type { PutGate } from './put-gate.ts';
import { statChunks } from './stat-chunks.ts';

export interface ChunkComponents {
  readonly chunks: ChunkStore;
  readonly inventory: ChunkInventory;
  readonly journal: ChunkJournal;
  readonly space: SpaceGuard;
  readonly gate: PutGate;
  readonly log: Logger;
  /** A stored chunk was found damaged or missing although it should be here. */
  readonly onDamage: (id: Buffer) => void;
}

export type ChunkReply = NonNullable<ChunkResponse['body']>;

/** Answers one request of a ChunkService session. Never throws: what went wrong is the answer. */
export async function answerChunkRequest(components: ChunkComponents, body: ChunkRequest['body']): Promise<ChunkReply> {
  try {
    switch (body?.$case) {
      case 'put':
        return await putChunk(components, body.value);
      case 'get':
        return await getChunk(components, body.value);
      case 'delete':
        return await deleteChunks(components, body.value);
      case 'deleteOwned':
        return await deleteOwned(components, body.value);
      case 'stat':
        return await statChunks(components, body.value);
      case undefined:
        return failure(6, 'an empty request');
    }
  } catch (error) {
    return failureOf(error, components.log);
  }
}

function failure(code: ChunkFailureCode, detail: string): ChunkReply {
  return { $case: 'failure', value: { code, detail } };
}
