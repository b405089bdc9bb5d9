import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger, systemClock, systemRandom, type Logger } from '@pilvi/runtime';
import type { BucketDirectory, ObjectStore } from '@pilvi/object-store';
import { attachS3, MAX_HEADER_BYTES } from '../attach-s3.ts';
import type { AccessKey } from '../components.ts';
import type { RequestObserver } from '../request-observer.ts';
import { createRequestIds } from '../request-ids.ts';
import { createS3App } from '../s3-app.ts';

/** An account for tests. */
export interface TestAccount extends AccessKey {
  readonly accessKeyId: string;
}

export const MAIN: TestAccount = {
  accessKeyId: 'PILVITESTMAIN0000001',
  secret: 'main-secret-main-secret-main-secret-0001',
  principal: 'arn:aws:iam::000000000001:root',
  accountId: '000000000001',
  canonicalId: 'a'.repeat(64),
  displayName: 'main',
};

/** A stranger: its requests for the main account's buckets are denied. */
export const OTHER: TestAccount = {
  accessKeyId: 'PILVITESTOTHER000002',
  secret: 'other-secret-other-secret-other-secret-2',
  principal: 'arn:aws:iam::000000000002:root',
  accountId: '000000000002',
  canonicalId: 'b'.repeat(64),
  displayName: 'other',
};

export interface TestServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
}

export interface TestServerOptions {
  readonly objects: ObjectStore;
  readonly buckets: BucketDirectory;
  readonly port?: number;
  readonly region?: string;
  readonly domains?: readonly string[];
  readonly log?: Logger;
  readonly observer?: RequestObserver;
}

/** The S3 edge alone, over any object store, on a port of its own. */
export async function startS3Server(options: TestServerOptions): Promise<TestServer> {
  const accounts = new Map([MAIN, OTHER].map((account) => [account.accessKeyId, account]));
  const app = createS3App({
    objects: options.objects,
    buckets: options.buckets,
    credentials: (accessKeyId) => accounts.get(accessKeyId),
    authorize: (principal, _action, _resource, { bucketOwnerId }) =>
      principal !== undefined && (bucketOwnerId === undefined || bucketOwnerId === principal.canonicalId),
    region: options.region ?? 'us-east-1',
    domains: options.domains ?? [],
    clock: systemClock,
    log: options.log ?? silentLogger,
    requestIds: createRequestIds(systemRandom),
    observer: options.observer ?? { began: () => {}, ended: () => {} },
  });
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, app);
  attachS3(server, app);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
