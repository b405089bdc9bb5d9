import type { ServerDuplexStream } from '@grpc/grpc-js';
import { incarnation } from '@pilvi/cluster-map';
import type { ClusterMapSource, Incarnation, Member } from '@pilvi/cluster-map';
import { PeerServiceService } from '@pilvi/contracts/replication/v1/peer';
import type { PeerRequest, PeerRequestFrame, PeerResponse, PeerResponseFrame } from '@pilvi/contracts/replication/v1/peer';
import { requestFromProto, requestToProto, responseFromProto, responseToProto } from '@pilvi/replication';
import type { CoreEvent, PeerMessage, StreamId } from '@pilvi/replication';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { acceptPeerStream, dial, openPeerStream, parseAddress } from '@pilvi/transport';
import type { PeerStream, RpcChannel, Security } from '@pilvi/transport';

/** A peer whose stream ended is dialed again after this time. */
const REDIAL_MS = 30;
const REDIAL_SLOW_MS = 500;

/** What a dialer says: first who it is, then the core's requests. */
type Said = PeerRequest | 'hello';

interface Components {
  readonly self: () => Incarnation;
  readonly clusterId: () => string;
  readonly maps: ClusterMapSource;
  readonly security: (address: string) => Security;
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dispatch: (event: CoreEvent) => void;
}

/** The streams between this node and its peers: one dialed to each, one accepted from each (REPLICATION L3). */
export interface PeerLinks {
  send(stream: StreamId, message: PeerMessage): void;
  accept(call: ServerDuplexStream<PeerRequestFrame, PeerResponseFrame>): void;
  /** Closes every stream and opens no more. */
  close(): void;
}

export function createPeerLinks(components: Components): PeerLinks {
  const { maps, clock, log, dispatch, supervisor } = components;
  const senders = new Map<StreamId, { send(message: PeerMessage): void; close(): void }>();
  const dialing = new Map<Incarnation, RpcChannel>();
  const closing = new AbortController();
  let nextStream: StreamId = 1;

  function opened(
    peer: Incarnation,
    direction: 'dialed' | 'accepted',
    address: 'unix' | 'tcp',
    sender: { send(message: PeerMessage): void; close(): void },
  ): StreamId {
    const stream = nextStream++;
    senders.set(stream, sender);
    log.debug({ stream, peer, direction }, 'peer stream opened');
    dispatch({ kind: 'stream-opened', stream, peer, direction, transport: address });
    return stream;
  }

  function ended(stream: StreamId | undefined, end: { by: 'peer' | 'self' | 'unknown'; detail: string }): void {
    if (stream === undefined || !senders.delete(stream)) return;
    log.debug({ stream, ...end }, 'peer stream ended');
    dispatch({ kind: 'stream-closed', stream, endedBy: end.by });
  }

  function receive(stream: StreamId | undefined, messages: readonly (PeerMessage | undefined)[]): void {
    if (stream === undefined) return;
    for (const message of messages) if (message !== undefined) dispatch({ kind: 'received', stream, message });
  }

  /** One attempt: resolves when the stream has ended. */
  function runDialed(member: Member, channel: RpcChannel, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let stream: StreamId | undefined;
      const peer: PeerStream<Said> = openPeerStream<Said, PeerMessage | undefined, PeerRequestFrame, PeerResponseFrame>({
        channel,
        method: PeerServiceService.session,
        pack: (said) => ({
          hello: said.includes('hello')
            ? { from: components.self(), to: member.incarnation, clusterId: components.clusterId() }
            : undefined,
          requests: said.filter((s) => s !== 'hello'),
        }),
        unpack: (frame) => frame.responses.map(responseFromProto),
        sizeOf: sizeOfRequest,
        onOpen: () => {
          stream = opened(member.incarnation, 'dialed', channel.transport, {
            send: (message) => void peer.send(requestToProto(message as Parameters<typeof requestToProto>[0])),
            close: () => {
              peer.close();
            },
          });
        },
        onMessages: (messages) => {
          receive(stream, messages);
        },
        onEnd: (end) => {
          signal.removeEventListener('abort', close);
          ended(stream, end);
          resolve();
        },
      });
      const close = (): void => {
        peer.close();
      };
      signal.addEventListener('abort', close, { once: true });
      peer.send('hello');
    });
  }

  function attend(member: Member): void {
    if (closing.signal.aborted || dialing.has(member.incarnation)) return;
    const channel = dial({ address: member.address, security: components.security(member.address) });
    dialing.set(member.incarnation, channel);
    supervisor.run(`peer ${member.name}`, async (shutdown) => {
      const signal = AbortSignal.any([shutdown, closing.signal]);
      await using _ = channel;
      while (!signal.aborted) {
        const now = maps.current()?.members.get(member.incarnation);
        if (now === undefined || now.state === 'retired' || now.address !== member.address) break;
        const startedMs = clock.monotonicMs();
        await runDialed(member, channel, signal);
        // A peer that is away for long is not knocked at thirty times a second.
        const waitMs = clock.monotonicMs() - startedMs > REDIAL_SLOW_MS ? REDIAL_MS : REDIAL_MS * 2;
        await clock.sleep(waitMs, signal).catch(() => undefined); // the loop ends by itself
      }
      dialing.delete(member.incarnation);
    });
  }

  maps.subscribe((map) => {
    for (const member of map.members.values()) {
      if (member.incarnation !== components.self() && member.state !== 'retired') attend(member);
    }
  });

  return {
    send(stream, message) {
      senders.get(stream)?.send(message);
    },
    accept(call) {
      let stream: StreamId | undefined;
      const transport = parseAddress(maps.current()?.members.get(components.self())?.address ?? 'unix:/').kind;
      const peer: PeerStream<PeerResponse> = acceptPeerStream<PeerResponse, PeerRequestFrame, PeerResponseFrame, PeerRequestFrame>({
        call,
        pack: (responses) => ({ responses }),
        unpack: (frame) => [frame],
        sizeOf: sizeOfResponse,
        onMessages: (frames) => {
          for (const frame of frames) {
            if (frame.hello !== undefined) {
              // C6: who was meant is another incarnation than the one that lives here now.
              if (frame.hello.to !== components.self()) {
                peer.close('another incarnation was meant');
                return;
              }
              stream = opened(incarnation(frame.hello.from), 'accepted', transport, {
                send: (message) => void peer.send(responseToProto(message as Parameters<typeof responseToProto>[0])),
                close: () => {
                  peer.close();
                },
              });
            }
            receive(stream, frame.requests.map(requestFromProto));
          }
        },
        onEnd: (end) => {
          ended(stream, end);
        },
      });
    },
    close() {
      closing.abort(new DOMException('the node stops', 'AbortError'));
      for (const sender of [...senders.values()]) sender.close();
    },
  };
}

function sizeOfRequest(request: Said): number {
  return request !== 'hello' && request.body?.$case === 'prepare'
    ? request.body.value.entries.reduce((sum, e) => sum + e.body.length, 0)
    : 0;
}

function sizeOfResponse(response: PeerResponse): number {
  return response.body?.$case === 'collected' ? response.body.value.entries.reduce((sum, e) => sum + e.body.length, 0) : 0;
}
