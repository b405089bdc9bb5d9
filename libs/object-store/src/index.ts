export {
  createBucketDirectory,
  BUCKET_CACHE_MS,
  MAX_BUCKETS,
  type BucketDirectoryOptions,
  type RunningBucketDirectory,
} from './bucket-directory.ts';
export type { ChunkClient, IndexClient, ListQuery, ListUploadsQuery } from './clients.ts';
export { createObjectStore, type ObjectStoreOptions } from './create-object-store.ts';
export { ObjectStoreError, type ObjectStoreErrorDetails } from './errors.ts';
export { createMemoryChunkClient, type MemoryChunkClient, type MemoryChunkNode } from './memory-chunk-client.ts';
export { createMemoryIndexClient, type MemoryIndexClient } from './memory-index-client.ts';
export type {
  Bucket,
  BucketDirectory,
  FoundObject,
  IncomingBody,
  ListPage,
  ObjectAddress,
  ObjectStore,
  ObjectStoreErrorCode,
  PutObjectInput,
} from './object-store.ts';
export { DEFAULT_OBJECT_STORE_SETTINGS, type ObjectStoreSettings } from './settings.ts';
export { createInMemoryCloud, type InMemoryCloud, type InMemoryCloudOptions } from './memory-cloud.ts';
export { createNodeSessions, type ChunkSessions, type IndexSessions, type NodeSessionPool, type NodeSessions } from './node-sessions.ts';
export { createRoutedChunkClient, type RoutedChunkOptions, type RoutedChunkSettings } from './routed-chunk-client.ts';
export { createRoutedIndexClient, type RoutedIndexOptions, type RoutedIndexSettings } from './routed-index-client.ts';
