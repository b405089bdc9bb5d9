import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import { ControlMirrorServiceService } from '@pilvi/contracts/control/v1/mirror';
import { IndexServiceService } from '@pilvi/contracts/index/v1/service';
import { PeerServiceService } from '@pilvi/contracts/replication/v1/peer';
import { peerMethods, serve, serveSession } from '@pilvi/transport';
import type { RpcServer, RpcService } from '@pilvi/transport';
import { mirrorImplementation } from '@pilvi/control-store';
import { answerChunkRequest } from './chunks/chunk-service.ts';
import type { StorageNodeContext } from './context.ts';
import { answerIndexRequest } from './index/answer-index-request.ts';
import { installSnapshot } from './replication/install-snapshot.ts';

/** What a storage node serves: the index and chunks to gateways, replication to its peers, a mirror of the control store. */
export function serveNode(context: StorageNodeContext): Promise<RpcServer> {
  const { config, log, index, chunkComponents, links, security, supervisor } = context;
  const services: RpcService[] = [
    {
      definition: IndexServiceService,
      implementation: {
        session: (call: never) => {
          serveSession(call, (body: never) => answerIndexRequest({ ...index, log }, body), { log, sizeOf: sizeOfIndexReply as never });
        },
      },
    },
    {
      definition: ChunkServiceService,
      implementation: {
        session: (call: never) => {
          serveSession(call, (body: never) => answerChunkRequest(chunkComponents, body), { log, sizeOf: sizeOfChunkReply as never });
        },
      },
    },
    {
      definition: peerMethods(PeerServiceService as never),
      implementation: {
        session: (call: never) => {
          links.accept(call);
        },
        installSnapshot: (call: never, callback: never) => {
          supervisor.run('install-snapshot', () => installSnapshot(context, call, callback));
        },
      },
    },
    { definition: ControlMirrorServiceService, implementation: mirrorImplementation(context.mirror) as never },
  ];
  return serve({ address: config.listen, security: security(config.listen), services, log });
}

function sizeOfIndexReply(reply: { $case: string; value: { result?: { outcome?: { value: { inlineData?: Buffer } } } } }): number {
  return reply.value.result?.outcome?.value.inlineData?.length ?? 0;
}

function sizeOfChunkReply(reply: { $case: string; value: { data?: Buffer } }): number {
  return reply.value.data?.length ?? 0;
}
