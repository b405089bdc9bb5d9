import { command } from './commands.ts';

const PROGRAMS: readonly (readonly [program: string, args: readonly string[], from: string])[] = [
  ['ip', ['-V'], 'iproute2'],
  ['tc', ['-V'], 'iproute2'],
  ['nft', ['--version'], 'nftables'],
  ['nsenter', ['--version'], 'util-linux'],
];

/** What this machine lacks to carry instances' networks; one line each, for people. Empty: nothing. */
export async function missingForNetwork(): Promise<string[]> {
  const missing: string[] = [];
  if (process.platform !== 'linux') return ['Linux'];
  if (process.getuid?.() !== 0) missing.push('root');
  for (const [program, args, from] of PROGRAMS) {
    await command(program, args).catch(() => missing.push(`the program ${program} (Debian package ${from})`));
  }
  if (missing.length > 0) return missing;
  await command('unshare', ['--net', '--mount', 'nft', 'add', 'table', 'inet', 'pilvi']).catch(() =>
    missing.push('a network namespace with nftables rules cannot be made here (CAP_NET_ADMIN, CAP_SYS_ADMIN, and nf_tables in the kernel)'),
  );
  return missing;
}
