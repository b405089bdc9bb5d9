import type { ComputeHeartbeat, ComputeHello } from '@pilvi/contracts/compute/v1/service';
import type { Ec2State } from '../ec2/state/ec2-state.ts';
import type { ComputePictureKeeper } from './compute-picture.ts';
import type { ImageReader } from './read-image.ts';

/** What stands behind the sessions once the control store is open. */
export interface ComputeBackend {
  readonly state: Ec2State;
  readonly pictures: ComputePictureKeeper;
  readonly clusterId: string;
  readonly readImage: ImageReader;
}

/** A compute node in touch with this gateway now. */
export interface ConnectedNode {
  readonly nodeId: string;
  readonly hello: ComputeHello;
  readonly heartbeat: ComputeHeartbeat;
}
