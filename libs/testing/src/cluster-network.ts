import type { Engine } from './engine.ts';
import type { Resources } from './resources.ts';
import { PilviTestingError } from './testing-error.ts';

export interface ClusterNetwork {
  /** On the engine. */
  readonly name: string;
  /** The first three numbers of its addresses. */
  readonly prefix: string;
}

const ATTEMPTS = 5;

/**
 * A network in which every process keeps its address, over restarts too. The engine allows that only where it was told the subnet; so it is asked which one is
 * free, and then told just that.
 */
export async function createNetwork(engine: Engine, resources: Resources): Promise<ClusterNetwork> {
  const name = resources.nameOf('network');
  const options = { Name: name, Driver: 'bridge', Labels: { ...resources.labels } };
  let cause: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const offered = await engine.docker.createNetwork(options);
    const { IPAM } = (await offered.inspect()) as { IPAM?: { Config?: { Subnet?: string }[] } };
    await offered.remove();
    const subnet = IPAM?.Config?.[0]?.Subnet;
    if (subnet === undefined) break;
    try {
      // Somebody else may have been faster.
      await engine.docker.createNetwork({ ...options, IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] } });
      return { name, prefix: subnet.split('.').slice(0, 3).join('.') };
    } catch (error) {
      cause = error;
    }
  }
  throw new PilviTestingError('start-failed', 'the engine has no network with a subnet of its own to give', { cause });
}
