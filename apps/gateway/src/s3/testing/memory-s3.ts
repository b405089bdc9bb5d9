import { createMapStore } from './map-store.ts';
import { startS3Server, type TestServer, type TestServerOptions } from './s3-server.ts';

/** The S3 edge over objects kept in memory. */
export async function startMemoryS3(options: Partial<TestServerOptions> = {}): Promise<TestServer> {
  return startS3Server({ ...createMapStore(), ...options });
}
