import { detachDisks } from './disks.ts';
import type { Engine } from './engine.ts';
import { deadOwners, findLeftovers } from './leftovers.ts';
import { OWNER_LABEL } from './resources.ts';

/** Removes what tests of this host that were killed have left on the engine; done before every start, for there may be no reaper. */
export async function removeLeftovers(engine: Engine, faultToolsImage: string): Promise<void> {
  const { docker } = engine;
  const filters = JSON.stringify({ label: [OWNER_LABEL] });
  const [containers, { Volumes }, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters }),
    docker.listNetworks({ filters }),
  ]);
  const owners = [...containers, ...Volumes, ...networks].map(({ Labels }) => Labels?.[OWNER_LABEL]).filter((owner) => owner !== undefined);
  for (const owner of deadOwners(owners)) {
    const found = await findLeftovers(engine, `${OWNER_LABEL}=${owner}`);
    await found.removeContainers();
    for (const volume of found.volumes) if (volume.endsWith('-images')) await detachDisks(engine, faultToolsImage, volume);
    await found.removeNetworksAndVolumes();
  }
}
