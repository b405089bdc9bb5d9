import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@pilvi/runtime';
import type { BytesReply, HeaderList, HeadersReply, TextReply } from './reply.ts';
import { drain, leavesBodyUnread } from './unread-body.ts';

/** Where a reply goes. */
export interface Wire {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** On every reply: request id and server. */
  readonly commonHeaders: HeaderList;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type SendableReply = TextReply | BytesReply | HeadersReply;

/** Puts a reply on the wire; resolves with the bytes of its body when they are handed over. Throws what reading the bytes throws. */
export async function sendReply(wire: Wire, reply: SendableReply): Promise<number> {
  switch (reply.kind) {
    case 'headers':
      writeHead(wire, reply.status, reply.headers);
      wire.response.end();
      return 0;
    case 'text':
      return sendText(wire, reply);
    case 'bytes':
      return sendBytes(wire, reply);
    default:
      return reply satisfies never;
  }
}

function writeHead(wire: Wire, status: number, headers: HeaderList): void {
  wire.response.writeHead(status, [...wire.commonHeaders, ...headers]);
}

async function sendText(wire: Wire, reply: TextReply): Promise<number> {
  const { request, response } = wire;
  const sizeBytes = Buffer.byteLength(reply.text);
  const lengthHeaders = ['Content-Length', String(sizeBytes)];
  if (request.method === 'HEAD') {
    // A HEAD's error has no body.
    writeHead(wire, reply.status, reply.headers);
    response.end();
    return 0;
  }
  if (!leavesBodyUnread(request)) {
    writeHead(wire, reply.status, [...reply.headers, ...lengthHeaders]);
    response.end(reply.text); // as text, Node sends it in one piece with the headers
    return sizeBytes;
  }
  // The client is still sending: it gets its whole answer before the connection closes under it.
  writeHead(wire, reply.status, [...reply.headers, ...lengthHeaders, 'Connection', 'close']);
  response.write(reply.text);
  await drain(request, wire.clock);
  response.end();
  return sizeBytes;
}

/** The first piece is awaited before the status goes out, so that what fails at once is still answered as an error. */
async function sendBytes(wire: Wire, reply: BytesReply): Promise<number> {
  const pieces = reply.bytes[Symbol.asyncIterator]();
  const first = await pieces.next();
  const firstBytes = first.done === true ? undefined : first.value;
  writeHead(wire, reply.status, reply.headers);
  if (firstBytes?.length === reply.sizeBytes) {
    wire.response.end(firstBytes);
    await pieces.return?.();
    return reply.sizeBytes;
  }
  await pipeline(rejoin(firstBytes, pieces), wire.response, { signal: wire.signal });
  return reply.sizeBytes;
}

async function* rejoin(first: Buffer | undefined, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first !== undefined) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
