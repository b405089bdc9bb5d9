import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Agent } from 'node:http';
import type { Cluster } from './cluster.ts';

/** So many clients, spread over all gateways. */
export function createClients(
  cluster: Pick<Cluster, 'endpoints' | 'credentials'>,
  count: number,
  options: { maxAttempts: number; timeoutMs: number },
): S3Client[] {
  const { endpoints, credentials } = cluster;
  return Array.from({ length: count }, (_, i) => createClient({ endpoint: endpoints[i % endpoints.length]!, credentials }, options));
}

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
