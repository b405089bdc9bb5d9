import type { ComputeHeartbeat, ComputeHello, ComputeServiceServer, ComputeServiceService } from '@pilvi/contracts/compute/v1/service';
import type { NodeAccess } from './access-exchange.ts';
import type { Ec2State } from '../ec2/state/ec2-state.ts';
import type { ConsoleOutput } from './console-questions.ts';
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

/** The sessions of all compute nodes with this gateway. */
export interface ComputeSessions {
  readonly service: { readonly definition: typeof ComputeServiceService; readonly implementation: ComputeServiceServer };
  /** Those that have been heard lately. */
  readonly nodes: readonly ConnectedNode[];
  /** Why there may be none, for a person. */
  readonly absence: string;
  connected(nodeId: string): ConnectedNode | undefined;
  /** The newest bytes of an instance's console. Undefined: its node is out of reach or does not know it. */
  console(nodeId: string, instanceId: string, signal: AbortSignal): Promise<ConsoleOutput | undefined>;
  /** A way into an instance of this node, which is still to be told which, and what is wanted. Undefined: the node is out of reach. */
  access(nodeId: string): Promise<NodeAccess | undefined>;
  /** The node may forget an instance that it reports as terminated. */
  forget(nodeId: string, instanceId: string): void;
  /** Called whenever a node said something new. */
  subscribe(listener: () => void): () => void;
  close(): void;
}
