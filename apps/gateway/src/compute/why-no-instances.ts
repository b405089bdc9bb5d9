import type { ConnectedNode } from './compute-backend.ts';

/** Why instances cannot be run now, for a person, with what is missing; empty when they can. Pure. */
export function whyNoInstances(nodes: readonly Pick<ConnectedNode, 'hello' | 'heartbeat'>[]): string {
  if (nodes.length === 0) return 'no compute node is connected to this cluster';
  if (nodes.some(({ heartbeat }) => heartbeat.driver?.ready === true && !heartbeat.stopping)) return '';
  return nodes
    .map(({ hello: { name }, heartbeat: { driver, stopping } }) =>
      stopping ? `${name} stops` : `the machine of ${name} lacks ${(driver?.missing ?? []).join(', ')}`,
    )
    .join('; ');
}
