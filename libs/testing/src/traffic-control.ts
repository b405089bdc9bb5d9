/** How slow a link is. What is not given stays as it is. */
export interface LinkQuality {
  /** Each packet is that much later. Needs sch_netem in the engine's kernel (else `kernel-lacks-netem`). */
  readonly delayMs?: number;
  /** ... more or less. */
  readonly jitterMs?: number;
  /** Bytes per second, in each direction. */
  readonly bytesPerSecond?: number;
  /** Share of packets that get lost, in each direction. */
  readonly lossPercent?: number;
}

/** What one process's packets to these addresses go through. */
export interface SlowPath {
  readonly addresses: readonly string[];
  readonly quality: LinkQuality;
}

const UNLIMITED = '10gbit';
const FIRST_CLASS = 10;

/**
 * A shell script for one process's network namespace: a class of its own for each slow path (tc-htb(8)), delayed by tc-netem(8), and filters that lead there.
 * Replaces what was there before. Pure.
 */
export function trafficControlScript(ownAddress: string, paths: readonly SlowPath[]): string {
  const shaped = paths.filter(({ quality }) => quality.delayMs !== undefined || quality.bytesPerSecond !== undefined);
  const lines = [
    'set -e',
    `dev=$(ip -o -4 address show to ${ownAddress} | awk '{ print $2 }' | sed 's/@.*//')`,
    'tc qdisc del dev "$dev" root 2>/dev/null || true',
  ];
  if (shaped.length > 0) {
    lines.push(
      'tc qdisc add dev "$dev" root handle 1: htb default 1',
      `tc class add dev "$dev" parent 1: classid 1:1 htb rate ${UNLIMITED} quantum 60000`,
    );
  }
  for (const [i, path] of shaped.entries()) lines.push(...pathLines(FIRST_CLASS + i, path));
  return lines.join('\n');
}

function pathLines(number: number, { addresses, quality }: SlowPath): string[] {
  const { delayMs, jitterMs = 0, bytesPerSecond } = quality;
  const rate = bytesPerSecond === undefined ? UNLIMITED : `${Math.round(bytesPerSecond * 8)}bit`;
  return [
    `tc class add dev "$dev" parent 1: classid 1:${number} htb rate ${rate} quantum 1514`,
    ...(delayMs === undefined
      ? []
      : [`tc qdisc add dev "$dev" parent 1:${number} handle ${number}: netem limit 100000 delay ${delayMs}ms ${jitterMs}ms`]),
    ...addresses.map(
      (address) => `tc filter add dev "$dev" protocol ip parent 1: prio 1 u32 match ip dst ${address}/32 flowid 1:${number}`,
    ),
  ];
}
