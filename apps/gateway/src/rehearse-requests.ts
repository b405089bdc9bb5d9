import { once } from 'node:events';
import { createHmac, hash } from 'node:crypto';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { createInMemoryCloud } from '@pilvi/object-store';
import { silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import { canonicalRequest, signingKey } from '@pilvi/s3-protocol';
import type { GatewayConfig } from './config.ts';
import { listen } from './listen.ts';
import { authorize, rootAccount } from './root-account.ts';
import { attachS3, MAX_HEADER_BYTES } from './s3/attach-s3.ts';
import { createS3App } from './s3/s3-app.ts';

/** Inline, in one chunk, in two: the ways that a body takes. */
const SIZES = [4_096, 100_000, 1_500_000];
/** The compiler takes notice of what runs so often. Thirty, which take a second, won nothing more. */
const ROUNDS = 8;
const BUCKET = 'rehearsal';
const HOST = 'localhost';
const ANSWER_BOUND_MS = 5_000;

/** Serves S3 over a cloud in memory, and is its own client: what the first clients of a start will ask for. */
export async function rehearseRequests(config: GatewayConfig, directory: string, signal: AbortSignal): Promise<void> {
  await using cloud = createInMemoryCloud();
  const account = rootAccount(config.root.secretAccessKey);
  const app = createS3App({
    objects: cloud.objects,
    buckets: cloud.buckets,
    credentials: (accessKeyId) => (accessKeyId === config.root.accessKeyId ? account : undefined),
    authorize,
    region: config.region,
    domains: [],
    clock: systemClock,
    log: silentLogger,
    requestIds: () => systemRandom.hex(8),
    observer: { began: () => undefined, ended: () => undefined },
  });
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, app);
  attachS3(server, app);
  const socketPath = join(directory, 's3.sock');
  await listen(server, { path: socketPath });
  try {
    await ask(config, socketPath, { method: 'PUT', url: `/${BUCKET}`, body: Buffer.alloc(0) }, signal);
    for (let round = 0; round < ROUNDS; round++) {
      for (const size of SIZES) {
        const url = `/${BUCKET}/${String(size)}`;
        await ask(config, socketPath, { method: 'PUT', url, body: Buffer.alloc(size) }, signal);
        await ask(config, socketPath, { method: 'GET', url, body: Buffer.alloc(0) }, signal);
      }
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function ask(
  { region, root }: GatewayConfig,
  socketPath: string,
  { method, url, body }: { readonly method: string; readonly url: string; readonly body: Buffer },
  signal: AbortSignal,
): Promise<void> {
  const date = `${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
  const day = date.slice(0, 8);
  const payload = hash('sha256', body);
  const headers = { host: HOST, 'x-amz-content-sha256': payload, 'x-amz-date': date };
  const names = Object.keys(headers);
  const canonical = canonicalRequest({ method, url, headers }, { service: 's3', headers: names, headerList: names.join(';'), payload });
  const scope = `${day}/${region}/s3/aws4_request`;
  const key = signingKey(root.secretAccessKey, { date: day, region, service: 's3' });
  const signature = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical)}`)
    .digest('hex');
  const credential = `${root.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const bound = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_BOUND_MS)]);
  const asked = request({
    signal: bound,
    socketPath,
    method,
    path: url,
    headers: { ...headers, authorization, 'content-length': body.length },
  });
  // What comes after the answer is of no interest.
  asked.on('error', () => undefined);
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode?: number }];
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`rehearsal: ${method} ${url} was answered ${String(response.statusCode)}`);
}
