import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from './load.ts';
import type { LoadReport } from './load.ts';

test('an honest store passes', async () => {
  const report = await loadOf({});
  assert.ok(report.reads.operations > 0 && report.writes.operations > 0 && report.acknowledged > 0);
  assert.deepEqual([report.lost, report.unserved, report.failedRequests, report.undecided], [[], [], [], []]);
});

test('a store that loses one acknowledged write in five is found out, by the ledger and by the registers', async () => {
  const { lost } = await loadOf({ losesOneIn: 5 }, 5 * REQUESTS);
  assert.ok(
    lost.some((line) => line.includes('acknowledged')),
    'the ledger',
  );
  assert.ok(
    lost.some((line) => line.includes('no order')),
    'the registers',
  );
});

test('a store that changes a byte of one object in ten is found out', async () => {
  const { lost } = await loadOf({ changesOneIn: 10 });
  assert.ok(lost.length > 0);
});

test('requests that fail are told, and a patient client gets through', async () => {
  const report = await loadOf({ failsOneIn: 10 });
  assert.deepEqual([report.lost, report.unserved], [[], []]);
  assert.ok(report.failedRequests.length > 0);
});

interface Faults {
  readonly losesOneIn?: number;
  readonly changesOneIn?: number;
  readonly failsOneIn?: number;
}

/** So many that chance leaves no fault unseen. A write that no order of a register explains is rarer: one run of this length in twenty-five has none. */
const REQUESTS = 300;

async function loadOf(faults: Faults, requests = REQUESTS): Promise<LoadReport> {
  await using store = await startStore(faults);
  const credentials = { accessKeyId: 'A', secretAccessKey: 'S' };
  await using load = await startLoad(
    { endpoint: store.endpoint, endpoints: [store.endpoint], credentials },
    { bucket: 'load', writers: 2, registers: 2, sizes: [1_000], patienceMs: 5_000 },
  );
  while (store.requests() < requests) await sleep(10);
  return await load.finish();
}

/** As much of S3 as the load speaks, in memory, and as faulty as asked. */
async function startStore({
  losesOneIn,
  changesOneIn,
  failsOneIn,
}: Faults): Promise<AsyncDisposable & { readonly endpoint: string; requests(): number }> {
  const objects = new Map<string, Buffer>();
  let requests = 0;
  const isTurn = (oneIn: number | undefined): boolean => oneIn !== undefined && requests % oneIn === 0;
  const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;
  const answer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://store');
    const key = url.pathname;
    const found = objects.get(key);
    requests++;
    if (isTurn(failsOneIn)) return void response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
    if (url.searchParams.has('list-type')) {
      const prefix = `/load/${url.searchParams.get('prefix') ?? ''}`;
      const entries = [...objects]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, content]) => `<Contents><Key>${name.slice('/load/'.length)}</Key><ETag>${etagOf(content)}</ETag></Contents>`);
      return void response.end(`<ListBucketResult>${entries.join('')}</ListBucketResult>`);
    }
    switch (request.method) {
      case 'PUT':
        if (request.headers['if-none-match'] === '*' && found !== undefined) {
          return void response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
        }
        if (!isTurn(losesOneIn)) objects.set(key, body);
        return void response.writeHead(200, { etag: etagOf(body) }).end();
      case 'DELETE':
        objects.delete(key);
        return void response.writeHead(204).end();
      default:
        if (found === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
        response.end(isTurn(changesOneIn) ? Buffer.concat([found.subarray(1), Buffer.of(0)]) : found);
    }
  };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => answer(request, Buffer.concat(pieces), response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
