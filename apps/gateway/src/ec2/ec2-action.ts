import type { BucketDirectory, ObjectStore } from '@pilvi/object-store';
import type { Clock, Random } from '@pilvi/runtime';
import type { ComputeSessions } from '../compute/compute-backend.ts';
import type { QueryAction, QueryCall } from '../query/query-service.ts';
import type { Ec2State } from './state/ec2-state.ts';

/** Everything that EC2's actions stand on; wired by hand in `../context.ts`. */
export interface Ec2Components {
  readonly state: Ec2State;
  readonly sessions: Pick<ComputeSessions, 'nodes' | 'absence' | 'connected' | 'console'>;
  readonly objects: Pick<ObjectStore, 'headObject'>;
  readonly buckets: Pick<BucketDirectory, 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly region: string;
}

/** One request, with all that its action needs. */
export type Ec2Call = QueryCall & Ec2Components;

interface Description<Request, Result> {
  /** As in the EC2 API reference. */
  readonly name: string;
  /** The fields of the request that it understands (`BlockDeviceMappings.Ebs.VolumeSize`); anything else is refused. */
  readonly takes: readonly string[];
  /** What it acts on, for `authorize`: `instance/i-...`. */
  readonly resources?: (request: Request) => readonly string[];
  readonly run: (request: Request, call: Ec2Call) => Promise<Result>;
}

/** An action of EC2, still to be given what it stands on. */
export interface Ec2Action {
  readonly name: string;
  readonly takes: readonly string[];
  readonly on: (components: Ec2Components) => QueryAction;
}

/** Ties an action to the types of its request and result, which the codec has checked when it runs. */
export function ec2Action<Request, Result>({ name, takes, resources, run }: Description<Request, Result>): Ec2Action {
  return {
    name,
    takes,
    on: (components) => ({
      name,
      takes,
      ...(resources === undefined ? {} : { resources }),
      run: (request, call) => run(request, { ...components, ...call }),
    }),
  };
}
