import type { ObjectVerb } from '../verb.ts';
import { checkReadRequest, represent } from '../representation.ts';

export const headObject: ObjectVerb = {
  on: 'object',
  name: 'HeadObject',
  action: 's3:GetObject',
  run: async (exchange, bucket, key) => {
    checkReadRequest(exchange);
    const record = await exchange.components.objects.headObject({ bucket: bucket.id, key }, exchange.signal);
    const { status, headers } = represent(exchange, record);
    return { kind: 'headers', status, headers };
  },
};
