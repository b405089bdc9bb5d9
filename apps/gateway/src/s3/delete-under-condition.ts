import type { WriteCondition } from '@pilvi/contracts/index/v1/command';
import type { ObjectAddress } from '@pilvi/object-store';
import { storeFailure } from './error-table.ts';
import type { Exchange } from './exchange.ts';

/** Deleting what is not there succeeds, whatever the condition says: the wish is fulfilled. Throws PreconditionFailed. */
export async function deleteUnderCondition(
  exchange: Exchange,
  input: ObjectAddress & { readonly condition: WriteCondition },
): Promise<void> {
  try {
    await exchange.components.objects.deleteObject(input, exchange.signal);
  } catch (error) {
    if (storeFailure(error)?.code !== 'no-such-key') throw error;
  }
}
