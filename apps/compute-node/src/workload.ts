import type { AccessBegin } from '@pilvi/contracts/compute/v1/access';
import type { DesiredInstance, DesiredSecurityGroup, ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import type { Driver, OfferedImage } from '@pilvi/contracts/compute/v1/service';
import { NoWayIn } from './access/way-in.ts';
import type { WayIn } from './access/way-in.ts';

/** What a node does for its gateways, on a machine that can run instances or on one that cannot. */
export interface Workload extends AsyncDisposable {
  /** Empty: no public addresses are given here. */
  readonly publicCidr: string;
  readonly driver: Driver;
  observed(): readonly ObservedInstance[];
  offered(): readonly OfferedImage[];
  desire(desired: DesiredInstance): Promise<void>;
  putGroup(group: DesiredSecurityGroup): Promise<void>;
  /** Forgets an instance that is gone. */
  forget(instanceId: string): Promise<void>;
  /** The latest output; undefined when there is no such instance. */
  console(instanceId: string, maxBytes: number): Promise<{ output: Buffer; writtenMs: number } | undefined>;
  /** Opens a way into an instance. Throws NoWayIn. */
  enter(begin: AccessBegin, signal: AbortSignal): Promise<WayIn>;
  /** Ends what runs; the next start brings it back. */
  stop(): Promise<void>;
}

/** A node that says what its machine lacks and does nothing: what it is told now is told again when it can. */
export function nothingRunsHere(missing: readonly string[]): Workload {
  return {
    publicCidr: '',
    driver: { name: 'crun', ready: false, missing: [...missing] },
    observed: () => [],
    offered: () => [],
    desire: async () => undefined,
    putGroup: async () => undefined,
    forget: async () => undefined,
    console: async () => undefined,
    async enter() {
      throw new NoWayIn('no instance runs here');
    },
    stop: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
