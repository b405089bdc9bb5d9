import type { ObjectVerb } from '../verb.ts';
import { checkReadRequest, represent } from '../representation.ts';

export const getObject: ObjectVerb = {
  on: 'object',
  name: 'GetObject',
  action: 's3:GetObject',
  run: async (exchange, bucket, key) => {
    checkReadRequest(exchange);
    const found = await exchange.components.objects.getObject({ bucket: bucket.id, key }, exchange.signal);
    const { status, range, headers } = represent(exchange, found.record);
    const sizeBytes = range.endExclusive - range.start;
    if (status === 304 || sizeBytes === 0) return { kind: 'headers', status, headers };
    return { kind: 'bytes', status, headers, sizeBytes, bytes: found.open(range.start, range.endExclusive, exchange.signal) };
  },
};
