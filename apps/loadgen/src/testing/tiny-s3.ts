import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Objects in memory behind just enough of S3 for the load generator. It checks no signature. */
export interface TinyS3 extends AsyncDisposable {
  readonly url: string;
  /** By path: `/bucket/key`. */
  readonly objects: Map<string, Buffer>;
  /** Requests that reached it. */
  readonly requests: () => number;
}

export async function startTinyS3(): Promise<TinyS3> {
  const objects = new Map<string, Buffer>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    void answer(objects, request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(objects: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://tiny');
  const path = decodeURIComponent(url.pathname);
  const found = objects.get(path);
  switch (request.method) {
    case 'PUT':
      objects.set(path, await buffer(request));
      return void response.writeHead(200, { 'content-length': 0 }).end();
    case 'DELETE':
      objects.delete(path);
      return void response.writeHead(204).end();
    case 'HEAD':
      return void response.writeHead(found === undefined ? 404 : 200, { 'content-length': found?.length ?? 0 }).end();
    case 'GET':
      if (url.searchParams.has('list-type')) return void response.end(listPage(objects, path, url.searchParams));
      if (found === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
      return void response.writeHead(200, { 'content-length': found.length }).end(found);
    default:
      return void response.writeHead(405).end();
  }
}

/** Sent chunked, as it has no length. */
function listPage(objects: Map<string, Buffer>, bucket: string, query: URLSearchParams): string {
  const after = query.get('start-after') ?? '';
  const keys = [...objects.keys()].filter((path) => path.startsWith(`${bucket}/`)).map((path) => path.slice(bucket.length + 1));
  const page = keys.filter((key) => key > after).sort();
  return page
    .slice(0, Number(query.get('max-keys')))
    .map((key) => `<Contents><Key>${key}</Key></Contents>`)
    .join('');
}
