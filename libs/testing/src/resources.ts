import { hostname } from 'node:os';
import type { Engine } from './engine.ts';
import { findLeftovers } from './leftovers.ts';

/** Says whose a container, network or volume is: `<host>/<process id>`. */
export const OWNER_LABEL = 'org.pilvi.testing.owner';
/** Which cluster it belongs to. */
export const CLUSTER_LABEL = 'org.pilvi.testing.cluster';

/** Everything that was made on the engine for one cluster, so that all of it goes with it. */
export class Resources {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly #engine: Engine;
  readonly #cleanUps: (() => Promise<unknown>)[] = [];

  constructor(engine: Engine, id: string) {
    this.id = id;
    this.#engine = engine;
    this.labels = { ...engine.labels, [OWNER_LABEL]: `${hostname()}/${process.pid}`, [CLUSTER_LABEL]: id };
  }

  /** The name of a thing of this cluster on the engine. */
  nameOf(thing: string): string {
    return `pilvi-testing-${this.id}-${thing}`;
  }

  async createVolume(thing: string, driverOptions: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = this.nameOf(thing);
    await this.#engine.docker.createVolume({ Name: name, Driver: 'local', DriverOpts: { ...driverOptions }, Labels: { ...this.labels } });
    return name;
  }

  /** Done before the volumes go, when all containers have gone. */
  beforeVolumesGo(cleanUp: () => Promise<unknown>): void {
    this.#cleanUps.push(cleanUp);
  }

  /** Removes everything of this cluster, whatever of it there is. */
  async removeAll(): Promise<void> {
    const found = await findLeftovers(this.#engine, `${CLUSTER_LABEL}=${this.id}`);
    await found.removeContainers();
    for (const cleanUp of this.#cleanUps) await cleanUp();
    // Containers that a clean-up ran have gone by themselves; what it mounted is free again.
    await found.removeNetworksAndVolumes();
  }
}
