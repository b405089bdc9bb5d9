import { S3Client } from '@aws-sdk/client-s3';
import { MAIN, type TestAccount, type TestServer } from './s3-server.ts';

/** The AWS SDK's own client against a test server, without retries: a test wants to see the first answer. */
export function sdkClient(server: Pick<TestServer, 'endpoint'>, account: TestAccount = MAIN): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.secret },
  });
}

/** What a refused call answered: the error's code, or for a HEAD (which has no body) its status. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return name === 'Unknown' || name === 'UnknownError' ? String($metadata?.httpStatusCode) : name;
  }
  return 'no refusal';
}
