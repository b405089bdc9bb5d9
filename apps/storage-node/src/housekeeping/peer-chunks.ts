import type { ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkRequest, ChunkResponse } from '@pilvi/contracts/chunk/v1/service';
import { createSessionClient, dial } from '@pilvi/transport';
import type { RpcChannel, Security, SessionClient } from '@pilvi/transport';

type Body<T extends { body?: unknown }> = NonNullable<T['body']>;

const CALL_DEADLINE_MS = 10_000;

/** Chunk requests from this node to any node, itself included: repair, garbage collection. One session per node, made when first needed. */
export interface PeerChunks extends AsyncDisposable {
  /** Throws TransportError when the node does not answer. Undefined: the node is not in the map. */
  call(node: Incarnation, body: Body<ChunkRequest>, signal?: AbortSignal): Promise<Body<ChunkResponse> | undefined>;
}

export function createPeerChunks(components: { maps: ClusterMapSource; security: (address: string) => Security }): PeerChunks {
  const sessions = new Map<string, { channel: RpcChannel; client: SessionClient<Body<ChunkRequest>, Body<ChunkResponse>> }>();
  return {
    async call(node, body, signal) {
      const member = components.maps.current()?.members.get(node);
      if (member === undefined || member.state === 'retired') return undefined;
      let session = sessions.get(member.address);
      if (session === undefined) {
        const channel = dial({ address: member.address, security: components.security(member.address) });
        const client = createSessionClient<Body<ChunkRequest>, Body<ChunkResponse>>({
          open: () => channel.duplex(ChunkServiceService.session) as never,
          sizeOf: (request) => (request.$case === 'put' ? request.value.data.length : 0),
        });
        session = { channel, client };
        sessions.set(member.address, session);
      }
      return session.client.call(body, { signal, deadlineMs: CALL_DEADLINE_MS });
    },
    async [Symbol.asyncDispose]() {
      for (const { client, channel } of sessions.values()) {
        await client[Symbol.asyncDispose]();
        await channel[Symbol.asyncDispose]();
      }
    },
  };
}
