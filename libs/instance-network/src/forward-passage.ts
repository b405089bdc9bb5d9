import { command } from './commands.ts';
import { NetworkError } from './errors.ts';

/**
 * Docker and ufw let the host forward only what they know: the policy of iptables' FORWARD chain is DROP then. A packet has to pass their chains as well as
 * ours, so two rules for the uplink are put there, and taken away again. What they let by has been through our own table, which comes first.
 * Where nothing is in the way, nothing is added.
 */
export async function openPassage(uplink: string): Promise<void> {
  const rules = await forwardRules();
  if (rules === undefined || rules.every((rule) => rule === '-P FORWARD ACCEPT')) return;
  for (const rule of passageRules(uplink)) {
    if (!rules.some((line) => isPassage(line, uplink, rule[0]!))) await iptables(['-I', 'FORWARD', ...rule]);
  }
}

export async function closePassage(uplink: string): Promise<void> {
  const rules = (await forwardRules()) ?? [];
  for (const rule of passageRules(uplink)) {
    for (const line of rules) if (isPassage(line, uplink, rule[0]!)) await iptables(['-D', 'FORWARD', ...rule]);
  }
}

function passageRules(uplink: string): string[][] {
  return ['-i', '-o'].map((side) => [side, uplink, '-m', 'comment', '--comment', 'pilvi', '-j', 'ACCEPT']);
}

function isPassage(line: string, uplink: string, side: string): boolean {
  return line.startsWith(`-A FORWARD ${side} ${uplink} `) && line.endsWith('-j ACCEPT');
}

/** As `iptables -S` prints them; undefined: there is no iptables here, so nobody uses it. */
async function forwardRules(): Promise<string[] | undefined> {
  try {
    return (await iptables(['-S', 'FORWARD'])).trim().split('\n');
  } catch (error) {
    if (error instanceof NetworkError && error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT')
      return undefined;
    throw error;
  }
}

function iptables(args: readonly string[]): Promise<string> {
  return command('iptables', ['-w', '5', ...args]);
}
