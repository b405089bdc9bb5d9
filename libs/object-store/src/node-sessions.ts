import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkRequest, ChunkResponse } from '@pilvi/contracts/chunk/v1/service';
import { IndexServiceService } from '@pilvi/contracts/index/v1/service';
import type { IndexRequest, IndexResponse } from '@pilvi/contracts/index/v1/service';
import type { ClusterMap, ClusterMapSource } from '@pilvi/cluster-map';
import type { Clock, Random } from '@pilvi/runtime';
import { createSessionClient, dial } from '@pilvi/transport';
import type { RpcChannel, Security, SessionClient } from '@pilvi/transport';

export type IndexAsk = NonNullable<IndexRequest['body']>;
export type IndexAnswer = NonNullable<IndexResponse['body']>;
export type ChunkAsk = NonNullable<ChunkRequest['body']>;
export type ChunkAnswer = NonNullable<ChunkResponse['body']>;

/** Pipelined calls to nodes by their address; one long-lived stream per node (DESIGN 4). Calls throw TransportError. */
export interface NodeSessions<Ask, Answer> {
  to(address: string): Pick<SessionClient<Ask, Answer>, 'call'>;
}

export type IndexSessions = NodeSessions<IndexAsk, IndexAnswer>;
export type ChunkSessions = NodeSessions<ChunkAsk, ChunkAnswer>;

export interface NodeSessionPool extends AsyncDisposable {
  readonly index: IndexSessions;
  readonly chunks: ChunkSessions;
  /** Opens the sessions to a node that has said it is there, before the first request needs them. The first map closes those of who is no member. Never throws. */
  prepare(address: string): void;
}

interface SessionOptions {
  readonly map: ClusterMapSource;
  readonly security: Security;
  readonly clock: Clock;
  readonly random: Random;
}

/** Opens sessions when they are first needed and closes those of nodes that left the map. Index and chunks go over connections of their own, so that bulk data does not delay commits. */
export function createNodeSessions(options: SessionOptions): NodeSessionPool {
  const { map, security, clock, random } = options;
  const index = createPool((address) => {
    const channel = dial({ address, security });
    return {
      channel,
      session: createSessionClient<IndexAsk, IndexAnswer>({
        open: () => channel.duplex(IndexServiceService.session),
        sizeOf: indexBytes,
        clock,
        random,
      }),
    };
  });
  const chunks = createPool((address) => {
    const channel = dial({ address, security });
    return {
      channel,
      session: createSessionClient<ChunkAsk, ChunkAnswer>({
        open: () => channel.duplex(ChunkServiceService.session),
        sizeOf: chunkBytes,
        clock,
        random,
      }),
    };
  });
  const unsubscribe = map.subscribe((current) => {
    const addresses = addressesOf(current);
    index.keepOnly(addresses);
    chunks.keepOnly(addresses);
  });
  return {
    index,
    chunks,
    prepare(address) {
      try {
        for (const pool of [index, chunks]) pool.to(address).connect();
      } catch {
        // Whoever needs it will be told what is wrong with the address.
      }
    },
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await Promise.all([index.close(), chunks.close()]);
    },
  };
}

interface Pool<Ask, Answer> {
  to(address: string): SessionClient<Ask, Answer>;
  keepOnly(addresses: ReadonlySet<string>): void;
  close(): Promise<void>;
}

interface Connection<Ask, Answer> {
  readonly channel: RpcChannel;
  readonly session: SessionClient<Ask, Answer>;
}

function createPool<Ask, Answer>(connect: (address: string) => Connection<Ask, Answer>): Pool<Ask, Answer> {
  const connections = new Map<string, Connection<Ask, Answer>>();

  async function drop(address: string, connection: Connection<Ask, Answer>): Promise<void> {
    connections.delete(address);
    await connection.session[Symbol.asyncDispose]();
    await connection.channel[Symbol.asyncDispose]();
  }

  return {
    to(address) {
      let connection = connections.get(address);
      if (connection === undefined) {
        connection = connect(address);
        connections.set(address, connection);
      }
      return connection.session;
    },
    keepOnly(addresses) {
      for (const [address, connection] of [...connections]) if (!addresses.has(address)) void drop(address, connection);
    },
    async close() {
      await Promise.all([...connections].map(([address, connection]) => drop(address, connection)));
    },
  };
}

function addressesOf(map: ClusterMap): Set<string> {
  return new Set([...map.members.values()].filter((member) => member.state !== 'retired').map((member) => member.address));
}

function indexBytes(ask: IndexAsk): number {
  if (ask.$case !== 'execute') return 0;
  const op = ask.value.command?.op;
  return op?.$case === 'putObject' ? op.value.inlineData.length : 0;
}

function chunkBytes(ask: ChunkAsk): number {
  switch (ask.$case) {
    case 'put':
      return ask.value.data.length;
    case 'get':
      return ask.value.length;
    default:
      return 0;
  }
}
