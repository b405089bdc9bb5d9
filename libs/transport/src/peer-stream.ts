import { Metadata, status } from '@grpc/grpc-js';
import type { ClientDuplexStream, MethodDefinition, ServerDuplexStream, StatusObject } from '@grpc/grpc-js';
import { attendStream, orUndecodable } from './attended-stream.ts';
import type { PeerStream, PeerStreamFraming, PeerStreamHandlers, Undecodable } from './attended-stream.ts';
import type { RpcChannel } from './channel.ts';
import { beforeServerCloses, transportOf } from './server.ts';

/** The calling side. Messages sent before it opens wait. */
export function openPeerStream<Out, In, OutFrame, InFrame>(
  options: { readonly channel: RpcChannel; readonly method: MethodDefinition<OutFrame, InFrame> } & PeerStreamFraming<
    Out,
    In,
    OutFrame,
    InFrame
  > &
    PeerStreamHandlers<In>,
): PeerStream<Out> {
  const { channel, method } = options;
  const call: ClientDuplexStream<OutFrame, InFrame | Undecodable> = channel.duplex<OutFrame, InFrame | Undecodable>({
    ...(method as MethodDefinition<OutFrame, InFrame | Undecodable>),
    responseDeserialize: orUndecodable(method.responseDeserialize),
  });
  const stream = attendStream(options, call);
  call.once('metadata', () => stream.opened());
  call.on('data', (frame: InFrame | Undecodable) => stream.received(frame));
  call.on('drain', () => stream.writable());
  call.on('error', () => undefined); // every end is told by 'status'
  const detach = channel.beforeClose(() => stream.close('channel closed'));
  // A clean end of the server's half comes as 'end' before the status: news already.
  call.once('end', () => stream.ended(channel.transport === 'unix' && stream.state === 'open' ? 'peer' : 'unknown', 'ended by the peer'));
  call.once('status', (ended: StatusObject) => {
    detach();
    stream.gone();
    const proven = channel.transport === 'unix' && stream.state === 'open' && !isOurs(ended);
    stream.ended(proven ? 'peer' : 'unknown', `${status[ended.code]}: ${ended.details}`);
  });
  return stream;
}

/** The serving side, for the handler of a bidirectional method registered with `serve`. */
export function acceptPeerStream<Out, In, OutFrame, InFrame>(
  options: { readonly call: ServerDuplexStream<InFrame, OutFrame> } & PeerStreamFraming<Out, In, OutFrame, InFrame> &
    PeerStreamHandlers<In>,
): PeerStream<Out> {
  const { call } = options;
  const by = transportOf(call) === 'unix' ? 'peer' : 'unknown';
  const stream = attendStream(options, {
    write: (frame: OutFrame) => call.write(frame),
    end: () => void call.end(),
    cancel: () => void call.emit('error', { code: status.ABORTED, details: 'closed' }),
    pause: () => void call.pause(),
    resume: () => void call.resume(),
  });
  call.on('data', (frame: InFrame) => stream.received(frame));
  call.on('drain', () => stream.writable());
  const detach = beforeServerCloses(call, () => stream.close('server closed'));
  call.once('end', () => {
    stream.ended(by, 'ended by the peer');
    call.end();
  });
  call.on('error', (error: Error) => stream.ended('unknown', error.message));
  call.once('cancelled', () => {
    detach();
    stream.gone();
    stream.ended(by, 'the peer is gone');
  });
  call.sendMetadata(new Metadata());
  stream.opened();
  return stream;
}

/** For a service whose streams are accepted as peer streams: the same definition, with frames decoded as `openPeerStream` does. */
export function peerMethods<T extends Readonly<Record<string, MethodDefinition<never, never>>>>(definition: T): T {
  const guarded = Object.entries(definition).map(([name, method]) => [
    name,
    method.requestStream && method.responseStream ? { ...method, requestDeserialize: orUndecodable(method.requestDeserialize) } : method,
  ]);
  return Object.fromEntries(guarded) as T;
}

/** Statuses that grpc-js makes on this side without a word from the peer. */
function isOurs(ended: StatusObject): boolean {
  return (
    ended.code === status.RESOURCE_EXHAUSTED ||
    ended.code === status.DEADLINE_EXCEEDED ||
    ended.details.includes('triggered by internal client error')
  );
}
