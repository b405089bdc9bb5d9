import type { HousekeepingComponents } from './housekeeping.ts';

const PAUSE_MS = 5;

/** Reads every row and table again and compares digests (D4): absence has no checksum. What is found wrong, or undefined. */
export async function scrubRows(
  { host, rows, clock }: HousekeepingComponents,
  { hurry }: { hurry: boolean },
  signal: AbortSignal,
): Promise<string | undefined> {
  const pause = (): Promise<void> => clock.sleep(hurry ? 0 : PAUSE_MS, signal);
  for (const partition of host.partitions()) {
    const report = await rows.scrub(partition, pause);
    if (report === undefined) continue;
    if (report.damaged.length > 0) return `partition ${partition}: ${report.damaged.length} damaged rows`;
    if (report.digest !== report.expectedDigest) return `partition ${partition}: rows are missing or others than were written`;
  }
  const tables = await rows.verifyFiles(pause);
  return tables.length > 0 ? `damaged tables: ${tables.join(', ')}` : undefined;
}
