import type { IncomingMessage, ServerResponse } from 'node:http';
import { QueryError } from '@pilvi/aws-query';

/** RunInstances with 16 KiB of user data in base64, URL-encoded, is a twentieth of this. */
const MAX_BODY_BYTES = 1024 ** 2;

/** All of a request's body. Throws RequestEntityTooLarge. */
export async function readQueryBody(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_BODY_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tooLarge(): QueryError {
  return new QueryError('RequestEntityTooLarge', `A request may have ${MAX_BODY_BYTES} bytes at most`);
}
