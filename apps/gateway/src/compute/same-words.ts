import type { ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import type { ComputeHeartbeat } from '@pilvi/contracts/compute/v1/service';

/** Free disk space changes all the time and is nobody's news. */
export function sameWords(one: ComputeHeartbeat, other: ComputeHeartbeat): boolean {
  return wordsOf(one) === wordsOf(other);
}

function wordsOf({ driver, instances, images, stopping }: ComputeHeartbeat): string {
  return JSON.stringify([driver, instances.map(plain), images, stopping]);
}

function plain(observed: ObservedInstance): object {
  const { generation, starts, reboots, instanceId, state, reason, impaired } = observed;
  return { generation: String(generation), starts: String(starts), reboots: String(reboots), instanceId, state, reason, impaired };
}
