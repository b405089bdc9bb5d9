import type { ClusterMapSource, Incarnation } from '@pilvi/cluster-map';
import type { ChunkRequest, ChunkResponse } from '@pilvi/contracts/chunk/v1/service';
import type { NodeSessionPool } from '@pilvi/object-store';

type Body<T extends { body?: unknown }> = NonNullable<T['body']>;

const CALL_DEADLINE_MS = 10_000;

/** Chunk requests from this node to any node, itself included: repair, garbage collection. */
export interface PeerChunks {
  /** Throws TransportError when the node does not answer. Undefined: the node is not in the map. */
  call(node: Incarnation, body: Body<ChunkRequest>): Promise<Body<ChunkResponse> | undefined>;
}

/** Calls under way end when `signal` aborts. */
export function createPeerChunks(maps: ClusterMapSource, sessions: NodeSessionPool, signal: AbortSignal): PeerChunks {
  return {
    async call(node, body) {
      const member = maps.current()?.members.get(node);
      if (member === undefined || member.state === 'retired') return undefined;
      return sessions.chunks.to(member.address).call(body, { signal, deadlineMs: CALL_DEADLINE_MS });
    },
  };
}
