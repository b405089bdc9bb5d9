import type { Config } from '../config.ts';
import { openAccess } from './open-access.ts';

/** `pilvi logs [-f] i-...`: the console of an instance; followed, until its run ends. Throws CommandError. */
export async function logs(config: Config, instanceId: string, options: { readonly follow: boolean }): Promise<void> {
  await using access = await openAccess(config);
  const way = access.open({ instanceId, what: { $case: 'console', value: options } });
  await way.carry({ input: undefined, output: process.stdout, errors: process.stderr });
}
