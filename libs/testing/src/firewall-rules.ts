/** Two groups of processes that do not reach each other. */
export interface CutGroups {
  readonly one: readonly string[];
  readonly other: readonly string[];
}

/** Packets that get lost on the way from one process to another. */
export interface LossTo {
  readonly address: string;
  readonly lossPercent: number;
}

const TABLE = 'ip pilvi_testing';
/** `numgen` counts up to this: thousandths of a percent. */
const WHOLE = 100_000;

/** The addresses that a process is cut from. Pure. */
export function cutFrom(member: string, cuts: readonly CutGroups[], addresses: ReadonlyMap<string, string>): readonly string[] {
  const names = cuts.flatMap(({ one, other }) => [...(one.includes(member) ? other : []), ...(other.includes(member) ? one : [])]);
  return [...new Set(names)].map((name) => addresses.get(name)).filter((address) => address !== undefined);
}

/**
 * The whole of what nft is told in one process's network namespace; replaces what was there before, in one step. Packets are dropped, not refused, in both
 * directions, as on a wire that was pulled. Pure.
 */
export function firewallRules(cut: readonly string[], losses: readonly LossTo[]): string {
  // Adding before deleting: a table that is not there cannot be deleted.
  const lines = [`table ${TABLE}`, `delete table ${TABLE}`];
  if (cut.length > 0 || losses.length > 0) {
    const set = `{ ${cut.join(', ')} }`;
    lines.push(
      `table ${TABLE} {`,
      '  chain incoming { type filter hook input priority -200;',
      ...(cut.length > 0 ? [`    ip saddr ${set} drop`] : []),
      '  }',
      '  chain outgoing { type filter hook output priority -200;',
      ...(cut.length > 0 ? [`    ip daddr ${set} drop`] : []),
      ...losses.map(
        ({ address, lossPercent }) =>
          `    ip daddr ${address} numgen random mod ${WHOLE} < ${Math.round((lossPercent / 100) * WHOLE)} drop`,
      ),
      '  }',
      '}',
    );
  }
  return `${lines.join('\n')}\n`;
}
