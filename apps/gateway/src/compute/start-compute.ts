import type { ControlStore } from '@pilvi/control-store';
import type { BucketDirectory, ObjectStore } from '@pilvi/object-store';
import type { Clock, Logger, Random, Supervisor } from '@pilvi/runtime';
import type { Leadership } from '../cluster/leadership.ts';
import { createEc2State } from '../ec2/state/ec2-state.ts';
import { runComputeController } from './compute-controller.ts';
import { createComputePicture } from './compute-picture.ts';
import type { ComputeBackend } from './compute-backend.ts';
import type { ComputeSessions } from './compute-backend.ts';
import { createImageReader } from './read-image.ts';

interface Components {
  readonly control: ControlStore;
  readonly objects: ObjectStore;
  readonly buckets: BucketDirectory;
  readonly clusterId: string;
  readonly sessions: ComputeSessions;
  readonly leadership: Leadership;
  /** Failure domains of the cluster's storage nodes. */
  readonly storageZones: () => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly supervisor: Supervisor;
}

/** Starts what stands behind EC2 and the sessions of compute nodes, once the control store is open. */
export function startCompute(components: Components, { region, vpcCidr }: { region: string; vpcCidr: string }): ComputeBackend {
  const { control, clusterId, supervisor } = components;
  const state = createEc2State(control);
  const pictures = createComputePicture(control, state);
  supervisor.run('compute-picture', (signal) => pictures.follow(signal), { onFailure: 'restart' });
  const controller = { ...components, state, pictures, region, vpcCidr };
  supervisor.run('compute-controller', (signal) => runComputeController(controller, signal), { onFailure: 'restart' });
  return { state, pictures, clusterId, readImage: createImageReader(components) };
}
