import { Metadata } from '@grpc/grpc-js';
import type { CallOptions, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';
import { fromStatus, TransportError } from './errors.ts';
import { DEFAULT_UNARY_DEADLINE_MS } from './settings.ts';

/**
 * A unary call as a promise: `callUnary((metadata, options, done) => client.join(request, metadata, options, done), { signal })`.
 * Throws TransportError.
 */
export function callUnary<Res>(
  start: (metadata: Metadata, options: CallOptions, done: (error: ServiceError | null, response: Res) => void) => ClientUnaryCall,
  { signal, deadlineMs = DEFAULT_UNARY_DEADLINE_MS }: { signal?: AbortSignal | undefined; deadlineMs?: number } = {},
): Promise<Res> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new TransportError('cancelled', 'cancelled before the call', { details: { sent: false }, cause: signal.reason }));
      return;
    }
    const call = start(new Metadata(), { deadline: Date.now() + deadlineMs }, (error, response) => {
      signal?.removeEventListener('abort', cancel);
      if (error === null) resolve(response);
      else reject(fromStatus(error, 'call failed'));
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}
