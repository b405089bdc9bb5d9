import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Node's limit for all headers; S3's own is 8 KiB, and presigned URLs need room beside it. */
export const MAX_HEADER_BYTES = 32_768;

/** A connection on which nothing moves for so long is cut; slow work keeps its own alive (send-slow-reply.ts). */
const IDLE_MS = 300_000;

/**
 * What an HTTP(S) server needs beside its request handler to serve S3: `Expect: 100-continue` is answered when a verb asks for the
 * body, so that a refused upload is never sent; uploads may take as long as they take; and what is not HTTP gets an
 * S3 error all the same.
 */
export function attachS3(server: Server, handler: (request: IncomingMessage, response: ServerResponse) => void): void {
  server.on('checkContinue', handler);
  server.on('checkExpectation', handler); // an expectation that nobody knows is none
  server.requestTimeout = 0;
  server.setTimeout(IDLE_MS);
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 75_000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket));
}

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const code = tooLarge ? 'RequestHeaderSectionTooLarge' : 'BadRequest';
  const message = tooLarge
    ? 'Your request header section exceeds the maximum allowed size.'
    : 'An error occurred when parsing the HTTP request.';
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
