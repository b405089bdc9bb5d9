import type { ComputeSessions, ConnectedNode } from './compute-backend.ts';

export interface ComputeReadiness extends Pick<ComputeSessions, 'absence'> {
  readonly nodes: readonly Pick<ConnectedNode, 'hello' | 'heartbeat'>[];
}

/** Why instances cannot be run now, for a person, with what is missing; empty when they can. Pure. */
export function whyNoInstances({ nodes, absence }: ComputeReadiness): string {
  if (nodes.length === 0) return absence;
  if (nodes.some(({ heartbeat }) => heartbeat.driver?.ready === true && !heartbeat.stopping)) return '';
  return nodes
    .map(({ hello: { name }, heartbeat: { driver, stopping } }) =>
      stopping ? `${name} stops` : `the machine of ${name} lacks ${(driver?.missing ?? []).join(', ')}`,
    )
    .join('; ');
}
