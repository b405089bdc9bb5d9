import { createInMemoryCloud } from '@pilvi/object-store';
import { startS3Server, type TestServer, type TestServerOptions } from './s3-server.ts';

/** The S3 edge over the real object store, whose nodes are kept in memory. */
export async function startMemoryS3(options: Partial<TestServerOptions> = {}): Promise<TestServer> {
  const cloud = createInMemoryCloud();
  const server = await startS3Server({ objects: cloud.objects, buckets: cloud.buckets, ...options });
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}
