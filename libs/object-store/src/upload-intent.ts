import type { BucketId, PartitionId } from '@pilvi/cluster-map';
import type { Clock, Random, Supervisor } from '@pilvi/runtime';
import type { IndexClient } from './clients.ts';
import { createDeadline } from './deadline.ts';
import { ObjectStoreError } from './errors.ts';
import { answered } from './index-answer.ts';
import type { ObjectStoreSettings } from './settings.ts';

const INTENT_ID_BYTES = 16;

export interface IntentComponents {
  readonly index: IndexClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Runs what must not hold up the client: fencing an upload that failed. */
  readonly background: Pick<Supervisor, 'run'>;
  readonly settings: ObjectStoreSettings;
}

/** What an upload leaves behind before its first chunk is stored (K2, K4). */
export interface UploadIntent {
  readonly id: Buffer;
  /** Resolves when the intent is committed: no chunk may be stored before. */
  readonly opened: Promise<void>;
  /** Aborts with the client's signal, and when the intent was fenced by others. */
  readonly signal: AbortSignal;
  /** Stops the signs of life; the commit has closed the intent, or `fence` will. */
  stop(): void;
  /** Fences the intent in the background, best effort: the sweeper does the rest. */
  fence(): void;
}

/** Opens an intent and renews it until stopped. */
export function openIntent(
  { index, clock, random, background, settings }: IntentComponents,
  target: { readonly partition: PartitionId; readonly bucket: BucketId; readonly key: string; readonly signal: AbortSignal | undefined },
): UploadIntent {
  const { partition, bucket: bucketId, key } = target;
  const intentId = random.bytes(INTENT_ID_BYTES);
  const lost = new AbortController();
  const signal = target.signal === undefined ? lost.signal : AbortSignal.any([target.signal, lost.signal]);
  const opened = index
    .execute(partition, { op: { $case: 'openIntent', value: { bucketId, key, intentId } } }, signal)
    .then((result) => void answered(result, 'done'));
  // Its failure is met by whoever awaits it; a body that ends before must not make it an unhandled one.
  opened.catch(() => undefined);
  const renewal = clock.interval(settings.renewIntentMs, () => background.run('renew-intent', renew));

  async function renew(): Promise<void> {
    if (signal.aborted) return;
    const result = await index.execute(partition, { op: { $case: 'renewIntent', value: { bucketId, intentId } } }, signal);
    if (result.outcome?.$case === 'failure') lost.abort(new ObjectStoreError('unavailable', 'the upload was fenced'));
  }

  return {
    id: intentId,
    opened,
    signal,
    stop: () => renewal.cancel(),
    fence() {
      background.run('abort-intent', async (stopping) => {
        await opened.catch(() => undefined);
        using patience = createDeadline(clock, settings.abortIntentMs, stopping);
        await index.execute(
          partition,
          { op: { $case: 'abortIntent', value: { bucketId, intentId, notRenewedSinceMs: 0n } } },
          patience.signal,
        );
      });
    },
  };
}
