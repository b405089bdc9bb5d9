import { ChunkServiceService } from '@pilvi/contracts/chunk/v1/service';
import type { ChunkServiceServer } from '@pilvi/contracts/chunk/v1/service';
import { ControlMirrorServiceService } from '@pilvi/contracts/control/v1/mirror';
import { ControlRecoveryServiceService } from '@pilvi/contracts/control/v1/recovery';
import { IndexServiceService } from '@pilvi/contracts/index/v1/service';
import type { IndexServiceServer } from '@pilvi/contracts/index/v1/service';
import { PeerServiceService } from '@pilvi/contracts/replication/v1/peer';
import type { PeerServiceServer } from '@pilvi/contracts/replication/v1/peer';
import { createMirrorService } from '@pilvi/control-store';
import { serveMetrics } from '@pilvi/metrics';
import { peerMethods, serve, serveSession } from '@pilvi/transport';
import type { RpcService } from '@pilvi/transport';
import { answerChunkRequest } from './chunks/chunk-service.ts';
import type { ChunkReply } from './chunks/chunk-service.ts';
import type { StorageNodeContext } from './context.ts';
import { createRecoveryService } from './describe-node.ts';
import { answerIndexRequest } from './index/answer-index-request.ts';
import type { IndexReply } from './index/execute.ts';
import { installSnapshot } from './replication/install-snapshot.ts';

/** What a storage node serves: the index and chunks to gateways, replication to its peers, a mirror of the control store. */
export async function serveNode(context: StorageNodeContext): Promise<AsyncDisposable> {
  const { config, log, metrics, index, chunkComponents, links, digests, security, supervisor, mirror, fail } = context;
  const indexService: IndexServiceServer = {
    session: (call) => {
      serveSession(call, (body) => metrics.requests.index(body, answerIndexRequest({ ...index, log }, body)), {
        log,
        sizeOf: sizeOfIndexReply,
      });
    },
  };
  const chunkService: ChunkServiceServer = {
    session: (call) => {
      serveSession(call, (body) => metrics.requests.chunk(body, answerChunkRequest(chunkComponents, body)), {
        log,
        sizeOf: sizeOfChunkReply,
      });
    },
  };
  const peerService: PeerServiceServer = {
    session: (call) => {
      links.accept(call);
    },
    installSnapshot: (call, callback) => {
      supervisor.run('install-snapshot', () => installSnapshot(context, call, callback));
    },
    compareDigests: ({ request }, callback) => {
      supervisor.run('compare-digests', async () => {
        callback(null, await digests.answer(request));
      });
    },
  };
  const services: RpcService[] = [
    { definition: IndexServiceService, implementation: indexService },
    { definition: ChunkServiceService, implementation: chunkService },
    { definition: peerMethods(PeerServiceService as never), implementation: peerService },
    { definition: ControlMirrorServiceService, implementation: createMirrorService(mirror, fail) },
    { definition: ControlRecoveryServiceService, implementation: createRecoveryService(context.recovery, { log, supervisor }) },
  ];
  await using served = new AsyncDisposableStack();
  served.use(await serve({ address: config.listen, security: security(config.listen), services, log }));
  for (const address of config.metricsListen)
    served.use(await serveMetrics(metrics.process, { address, security: security(address), log }));
  return served.move();
}

function sizeOfIndexReply(reply: IndexReply | undefined): number {
  if (reply?.$case !== 'execute') return 0;
  const outcome = reply.value.result?.outcome;
  return outcome?.$case === 'found' ? outcome.value.inlineData.length : 0;
}

function sizeOfChunkReply(reply: ChunkReply | undefined): number {
  return reply?.$case === 'data' ? reply.value.data.length : 0;
}
