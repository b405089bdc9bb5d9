export type { ChunkClient, IndexClient, ListQuery, ListUploadsQuery } from './clients.ts';
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
