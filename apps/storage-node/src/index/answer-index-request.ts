import type { IndexRequest } from '@pilvi/contracts/index/v1/service';
import { RefusalCode } from '@pilvi/contracts/index/v1/service';
import { partitionId } from '@pilvi/cluster-map';
import type { Logger } from '@pilvi/runtime';
import { execute, refuse } from './execute.ts';
import type { IndexComponents, IndexReply } from './execute.ts';
import { listObjects } from './list-objects.ts';
import { listUploads } from './list-uploads.ts';
import { locate } from './locate.ts';

/** Answers one request of an IndexService session. What goes wrong here is a refusal: the gateway tries again. */
export async function answerIndexRequest(
  components: IndexComponents & { readonly log: Logger },
  body: IndexRequest['body'],
): Promise<IndexReply> {
  try {
    switch (body?.$case) {
      case 'execute':
        return await execute(components, body.value);
      case 'list':
        return await listObjects(components, body.value);
      case 'listUploads':
        return await listUploads(components, body.value);
      case 'locate':
        return await locate(components, body.value);
      case undefined:
        return refuse(components.host, partitionId(0), RefusalCode.UNSPECIFIED, 'an empty request');
    }
  } catch (error) {
    components.log.error({ err: error, request: body?.$case }, 'index request failed');
    return refuse(components.host, partitionId(0), RefusalCode.UNAVAILABLE, 'internal');
  }
}
