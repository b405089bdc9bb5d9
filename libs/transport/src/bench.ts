// Measures sessions between two processes: `node libs/transport/src/bench.ts [seconds]`.
// Prints, for Unix sockets and mutual TLS, small messages per second and MiB/s of 1 MiB messages, requests and answers alike.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkRequest, ChunkRequestFrame, ChunkResponse, ChunkResponseFrame } from '@pilvi/contracts/chunk/v1/service';
import { createSessionClient, dial, serve, serveSession } from './index.ts';
import type { Security, SessionClient } from './index.ts';
import { testTransport } from './testing/transports.ts';

type Req = NonNullable<ChunkRequest['body']>;
type Res = NonNullable<ChunkResponse['body']>;

const MIB = 1024 * 1024;
const SMALL_IN_FLIGHT = 64;
const LARGE_IN_FLIGHT = 8;
const WARM_UP_MS = 500;
const ID = Buffer.alloc(16, 1);

async function serveBench(address: string, security: Security): Promise<string> {
  const body = Buffer.alloc(MIB, 1);
  const answer = (request: Req): Res =>
    request.$case === 'get' && request.value.length > 0
      ? { $case: 'data', value: { data: body, chunkSizeBytes: MIB, crc32: 0 } }
      : { $case: 'done', value: {} };
  const session = (call: ServerDuplexStream<ChunkRequestFrame, ChunkResponseFrame>): void =>
    serveSession<Req, Res>(call, answer, { sizeOf: (response) => (response.$case === 'data' ? response.value.data.length : 0) });
  return (await serve({ address, security, services: [{ definition: ChunkServiceService, implementation: { session } }] })).address;
}

/** Calls per second, and microseconds of this process's processor per call, `inFlight` at a time. */
async function measure(
  client: SessionClient<Req, Res>,
  request: Req,
  inFlight: number,
  seconds: number,
): Promise<{ perSecond: number; cpuUs: number }> {
  const loop = async (untilMs: number): Promise<number> => {
    let calls = 0;
    for (; performance.now() < untilMs; calls++) await client.call(request);
    return calls;
  };
  const run = async (ms: number): Promise<number> => {
    const untilMs = performance.now() + ms;
    const counts = await Promise.all(Array.from({ length: inFlight }, () => loop(untilMs)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await run(WARM_UP_MS);
  const cpu = process.cpuUsage();
  const calls = await run(seconds * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: calls / seconds, cpuUs: (user + system) / calls };
}

async function main(seconds: number): Promise<void> {
  for (const kind of ['unix', 'tls'] as const) {
    await using where = await testTransport(kind);
    const child = fork(fileURLToPath(import.meta.url), ['serve', where.address, JSON.stringify(where.security)]);
    const [address] = (await once(child, 'message')) as [string];
    await using channel = dial({ address, security: where.security });
    await using client = createSessionClient<Req, Res>({
      open: () => channel.duplex(ChunkServiceService.session),
      sizeOf: (body) => (body.$case === 'put' ? body.value.data.length : 0),
    });
    const small = await measure(client, { $case: 'get', value: { chunkId: ID, offset: 0, length: 0 } }, SMALL_IN_FLIGHT, seconds);
    const put = await measure(
      client,
      { $case: 'put', value: { chunkId: ID, partition: 0, owner: ID, crc32: 0, data: Buffer.alloc(MIB, 2) } },
      LARGE_IN_FLIGHT,
      seconds,
    );
    const get = await measure(client, { $case: 'get', value: { chunkId: ID, offset: 0, length: 1 } }, LARGE_IN_FLIGHT, seconds);
    const line = [
      `small calls ${Math.round(small.perSecond)}/s (${small.cpuUs.toFixed(0)} us of client CPU)`,
      `1 MiB up ${Math.round(put.perSecond)} MiB/s (${put.cpuUs.toFixed(0)} us)`,
      `1 MiB down ${Math.round(get.perSecond)} MiB/s (${get.cpuUs.toFixed(0)} us)`,
    ];
    process.stdout.write(`${kind.padEnd(5)} ${line.join(', ')}\n`);
    child.kill();
  }
}

if (process.argv[2] === 'serve') process.send?.(await serveBench(process.argv[3] ?? '', JSON.parse(process.argv[4] ?? '{}') as Security));
else await main(Number(process.argv[2] ?? 3));
