import type { Terminal } from '@pilvi/contracts/compute/v1/access';
import type { Config } from '../config.ts';
import { openAccess } from './open-access.ts';

/**
 * `pilvi connect i-... [-- command]`: a shell or a command in an instance, as root, in a terminal when this is one. Resolves with its exit code.
 * Throws CommandError.
 */
export async function connect(config: Config, instanceId: string, argv: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const terminal = stdin.isTTY && stdout.isTTY ? terminalOf(stdout) : undefined;
  await using access = await openAccess(config);
  const way = access.open({ instanceId, what: { $case: 'command', value: { argv: [...argv], terminal } } });
  const resize = (): void => way.resize({ columns: stdout.columns, rows: stdout.rows });
  if (terminal !== undefined) {
    // From here on Ctrl-C is a key like any other.
    stdin.setRawMode(true);
    stdout.on('resize', resize);
  }
  try {
    return await way.carry({ input: stdin, output: stdout, errors: stderr });
  } finally {
    stdout.off('resize', resize);
    if (terminal !== undefined) stdin.setRawMode(false);
    stdin.destroy();
  }
}

function terminalOf({ columns, rows }: { readonly columns: number; readonly rows: number }): Terminal {
  return { size: { columns, rows }, type: process.env['TERM'] ?? '' };
}
