import type { BucketId, PartitionId } from '@pilvi/cluster-map';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import type { IndexCommand, IndexResult } from '@pilvi/contracts/index/v1/command';
import type { Checksum, Extent } from '@pilvi/contracts/index/v1/record';
import { cutChunks } from './cut-chunks.ts';
import { createExtentWriter } from './extent-writer.ts';
import type { ExtentWriter, ExtentWriterComponents } from './extent-writer.ts';
import { failureOf } from './index-answer.ts';
import type { IncomingBody } from './object-store.ts';
import { openIntent } from './upload-intent.ts';
import type { IntentComponents, UploadIntent } from './upload-intent.ts';

export type UploadComponents = ExtentWriterComponents & IntentComponents;

/** What the commit command is made of. */
export interface StoredBody {
  readonly extent: Extent;
  readonly intentId: Buffer;
  readonly etag: string;
  readonly checksums: Checksum[];
}

const HOLDERS_STALE_PAUSE_MS = 100;

/**
 * Stores a body as chunks and commits it with the command that `commandFor` makes. The order is what makes it safe: intent committed,
 * then chunks durable, then the one index commit, which is conditional on the intent being open (K1, K2). Answers the index's answer,
 * negative ones included; whenever the commit did not happen the intent is fenced.
 */
export async function uploadChunks(
  components: UploadComponents,
  target: { readonly partition: PartitionId; readonly bucket: BucketId; readonly key: string; readonly signal: AbortSignal | undefined },
  body: IncomingBody,
  commandFor: (stored: StoredBody) => IndexCommand,
): Promise<IndexResult> {
  const intent = openIntent(components, target);
  let writer: ExtentWriter | undefined;
  let committed = false;
  try {
    writer = createExtentWriter(components, { partition: target.partition, intentId: intent.id, signal: intent.signal });
    const digests = await storeChunks(components, intent, writer, body);
    const result = await commit(components, target.partition, intent, writer, (extent) =>
      commandFor({ extent, intentId: intent.id, ...digests }),
    );
    committed = failureOf(result) === undefined;
    return result;
  } finally {
    intent.stop();
    if (!committed) {
      await writer?.abandon();
      intent.fence();
    }
  }
}

async function storeChunks(
  { settings }: UploadComponents,
  intent: UploadIntent,
  writer: ExtentWriter,
  body: IncomingBody,
): Promise<{ etag: string; checksums: Checksum[] }> {
  const { sizeBytes } = body;
  for await (const chunk of cutChunks(body.bytes, { sizeBytes, chunkSizeBytes: settings.chunkSizeBytes })) {
    intent.signal.throwIfAborted();
    // K2, K4: the intent is committed before the first chunk is stored; meanwhile the first chunk came in.
    await intent.opened;
    await writer.write(chunk);
  }
  return body.finish();
}

async function commit(
  { index, clock, settings }: UploadComponents,
  partition: PartitionId,
  intent: UploadIntent,
  writer: ExtentWriter,
  commandFor: (extent: Extent) => IndexCommand,
): Promise<IndexResult> {
  let extent = await writer.finish();
  for (let tries = 1; ; tries++) {
    const result = await index.execute(partition, commandFor(extent), intent.signal);
    if (failureOf(result) !== IndexFailureCode.HOLDERS_STALE || tries >= settings.commitTries) return result;
    // K1: the replicas changed under the upload, and the primary knew it before we did.
    await clock.sleep(HOLDERS_STALE_PAUSE_MS * tries, intent.signal);
    extent = await writer.rename();
  }
}
