import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Agent } from 'node:http';
import type { Cluster } from './cluster.ts';

/** The AWS SDK as people use it; `maxAttempts` 1 shows every failure, more hides what the client's own retries mend. */
export function createClient(
  cluster: Pick<Cluster, 'endpoint' | 'credentials'>,
  options: { maxAttempts: number; timeoutMs: number },
): S3Client {
  return new S3Client({
    endpoint: cluster.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: cluster.credentials,
    maxAttempts: options.maxAttempts,
    requestHandler: new NodeHttpHandler({
      httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }),
      connectionTimeout: 2_000,
      requestTimeout: options.timeoutMs,
      throwOnRequestTimeout: true,
    }),
  });
}
