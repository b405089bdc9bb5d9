import { hostname } from 'node:os';
import type { Engine } from './engine.ts';

/** What is on the engine with a label. */
export interface Leftovers {
  readonly volumes: readonly string[];
  removeContainers(): Promise<void>;
  removeNetworksAndVolumes(): Promise<void>;
}

export async function findLeftovers(engine: Engine, label: string): Promise<Leftovers> {
  const { docker } = engine;
  const filters = JSON.stringify({ label: [label] });
  const { Volumes } = await docker.listVolumes({ filters });
  const volumes = Volumes.map(({ Name }) => Name);
  return {
    volumes,
    async removeContainers() {
      const containers = await docker.listContainers({ all: true, filters });
      await Promise.all(containers.map(({ Id }) => gone(docker.getContainer(Id).remove({ force: true, v: true }))));
    },
    async removeNetworksAndVolumes() {
      for (const { Id } of await docker.listNetworks({ filters })) await gone(docker.getNetwork(Id).remove());
      for (const name of volumes) await gone(docker.getVolume(name).remove());
    },
  };
}

/** The owners (`<host>/<process id>`) among these whose process no longer runs here. Pure but for the question whether it runs. */
export function deadOwners(owners: readonly string[], isAlive = isProcessAlive): readonly string[] {
  return [...new Set(owners)].filter((owner) => {
    const [host, pid] = owner.split('/');
    return host === hostname() && !isAlive(Number(pid));
  });
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const NOT_FOUND = 404;

/** Somebody else removed it: just as well. */
async function gone(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    if ((error as { statusCode?: number }).statusCode !== NOT_FOUND) throw error;
  });
}
