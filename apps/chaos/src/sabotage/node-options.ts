/** What is broken in the processes of a cluster; nothing, unless said. */
export interface Sabotage {
  /** Rules of the replication core that the storage nodes leave out. */
  readonly without?: readonly ('I4' | 'W1-acks')[];
  /** fdatasync of the storage nodes' replication logs does nothing. */
  readonly noFdatasync?: boolean;
  /** A checkpoint does not wait for the flush of LevelDB's memtable (D3). */
  readonly noFlush?: boolean;
  /** SIGUSR2 cuts a storage node off for so long. */
  readonly isolationMs?: number;
  /** Half of the gateway's reads follow a map that old. */
  readonly mapLagMs?: number;
}

/** The environment that makes a cluster's processes load the sabotage before themselves. */
export function sabotageEnvironment(sabotage: Sabotage): Record<string, string> {
  const preload = new URL('./preload.ts', import.meta.url);
  const { searchParams } = preload;
  if (sabotage.without !== undefined) searchParams.set('without', sabotage.without.join());
  if (sabotage.noFdatasync === true) searchParams.set('no-fdatasync', '');
  if (sabotage.noFlush === true) searchParams.set('no-flush', '');
  if (sabotage.isolationMs !== undefined) searchParams.set('isolation-ms', String(sabotage.isolationMs));
  if (sabotage.mapLagMs !== undefined) searchParams.set('map-lag-ms', String(sabotage.mapLagMs));
  return { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload.href}`.trim() };
}
