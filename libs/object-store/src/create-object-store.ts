import type { Clock, Random, Supervisor } from '@pilvi/runtime';
import { createSemaphore } from '@pilvi/runtime';
import { createChunkIdSource } from './chunk-ids.ts';
import type { ChunkClient, IndexClient } from './clients.ts';
import { getObject, headObject } from './get-object.ts';
import { createHolderHealth } from './holder-health.ts';
import { abortUpload, completeUpload, createUpload, getUpload, listParts } from './multipart.ts';
import { deleteObject, putObjectTags } from './change-object.ts';
import type { ObjectStore } from './object-store.ts';
import { putObject } from './put-object.ts';
import { putPart } from './put-part.ts';
import type { ReadComponents } from './read-chunks.ts';
import { DEFAULT_OBJECT_STORE_SETTINGS } from './settings.ts';
import type { ObjectStoreSettings } from './settings.ts';
import type { UploadComponents } from './upload-chunks.ts';

export interface ObjectStoreOptions {
  readonly index: IndexClient;
  readonly chunks: ChunkClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly background: Pick<Supervisor, 'run'>;
  readonly settings?: Partial<ObjectStoreSettings>;
}

/** What every verb works with. */
export type ObjectStoreComponents = UploadComponents & ReadComponents;

/** The gateway's side of the data plane: objects over an index and chunks, both reached through clients. */
export function createObjectStore({ index, chunks, clock, random, background, settings: given }: ObjectStoreOptions): ObjectStore {
  const settings = { ...DEFAULT_OBJECT_STORE_SETTINGS, ...given };
  const components: ObjectStoreComponents = {
    index,
    chunks,
    clock,
    random,
    background,
    settings,
    ids: createChunkIdSource({ clock, random }),
    health: createHolderHealth({ chunks, clock, random, background, settings }),
    writeBudget: createSemaphore(settings.writeBudgetBytes),
    readBudget: { aheadBytes: 0 },
  };
  return {
    putObject: (input, signal) => putObject(components, input, signal),
    getObject: (address, signal) => getObject(components, address, signal),
    headObject: (address, signal) => headObject(components, address, signal),
    deleteObject: (input, signal) => deleteObject(components, input, signal),
    putObjectTags: (input, signal) => putObjectTags(components, input, signal),
    list: (query, signal) => index.list(query, signal),
    createUpload: (input, signal) => createUpload(components, input, signal),
    getUpload: (input, signal) => getUpload(components, input, signal),
    putPart: (input, signal) => putPart(components, input, signal),
    listParts: (input, signal) => listParts(components, input, signal),
    completeUpload: (input, signal) => completeUpload(components, input, signal),
    abortUpload: (input, signal) => abortUpload(components, input, signal),
    listUploads: (query, signal) => index.listUploads(query, signal),
  };
}
