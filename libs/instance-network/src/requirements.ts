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
  if (process.platform !== 'linux') return ['the network of instances needs Linux'];
  if (process.getuid?.() !== 0) missing.push('the network of instances needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN)');
  for (const [program, args, from] of PROGRAMS) {
    await command(program, args).catch(() => missing.push(`"${program}" is missing: install the package ${from}`));
  }
  if (missing.length > 0) return missing;
  await command('unshare', ['--net', '--mount', 'nft', 'add', 'table', 'inet', 'pilvi']).catch(() =>
    missing.push('a network namespace with nftables rules cannot be made here (CAP_NET_ADMIN, CAP_SYS_ADMIN, and nf_tables in the kernel)'),
  );
  return missing;
}
