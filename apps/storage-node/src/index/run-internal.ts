import type { PartitionId } from '@pilvi/cluster-map';
import type { IndexCommand } from '@pilvi/contracts/index/v1/command';
import { encodeEntry, evaluate, rangesToRead } from '@pilvi/object-index';
import { decideAlone } from './decide-alone.ts';
import type { IndexComponents } from './execute.ts';
import { TermEnded } from './partition-host.ts';

/** A primary's own command: replicated like any other, but nobody retries it, so no answer is recorded. */
export async function runInternal(components: IndexComponents, partition: PartitionId, command: IndexCommand): Promise<void> {
  const { host, rows, clock } = components;
  const entry = await decideAlone(components, partition, async () => {
    const view = await rows.readAhead(rows.pending, rangesToRead(partition, command));
    const nowMs = clock.wallMs();
    const evaluation = evaluate({ view, partition, nowMs, placement: host.placement(partition) }, command);
    if (evaluation.changes.length === 0) return undefined;
    const proposedEntry = encodeEntry({ partition, requestId: Buffer.alloc(0), nowMs, evaluation });
    const proposed = host.propose(partition, proposedEntry.body);
    if (proposed === undefined) throw new TermEnded('not leading');
    rows.stage(partition, proposed, proposedEntry);
    // Waited for from this instant: a term that ends takes those along who wait. In an object, for the gate opens before it has committed.
    return { committed: host.committed(partition, proposed) };
  });
  await entry?.committed;
}
