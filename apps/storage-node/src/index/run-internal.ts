import type { PartitionId } from '@pilvi/cluster-map';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { encodeEntry, evaluate, rangesToRead } from '@pilvi/object-index';
import type { IndexComponents } from './execute.ts';
import { TermEnded } from './partition-host.ts';

/** A primary's own command: replicated like any other, but nobody retries it, so no answer is recorded. */
export async function runInternal(components: IndexComponents, partition: PartitionId, command: IndexCommand): Promise<void> {
  const { host, rows, gates, clock } = components;
  const seq = await gates.alone(partition, async () => {
    await host.settled(partition);
    const view = await rows.readAhead(rows.pending, rangesToRead(partition, command));
    const nowMs = clock.wallMs();
    const evaluation = evaluate({ view, partition, nowMs, placement: host.placement(partition) }, command);
    if (evaluation.changes.length === 0) return undefined;
    const entry = encodeEntry({ partition, requestId: Buffer.alloc(0), nowMs, evaluation });
    const proposed = host.propose(partition, entry.body);
    if (proposed === undefined) throw new TermEnded('not leading');
    rows.stage(partition, proposed, entry);
    return proposed;
  });
  if (seq !== undefined) await host.committed(partition, seq);
}
