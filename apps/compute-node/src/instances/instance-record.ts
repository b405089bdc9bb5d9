import { DesiredInstance } from '@pilvi/contracts/compute/v1/instance';

/** What a node keeps of one instance: what is wanted, and what has been carried out. Durable before anything is done about it. */
export interface InstanceRecord {
  readonly desired: DesiredInstance;
  readonly carried: Carried;
}

export interface Carried {
  /**
   * `new`: never launched. `up`: its run goes on; whenever there is no process, one is missing. `down`: stopped, the root is kept.
   * `gone`: nothing is left of it but this record.
   */
  readonly phase: 'new' | 'up' | 'down' | 'gone';
  /** `starts` and `reboots` of the desired state that have been carried out. */
  readonly starts: bigint;
  readonly reboots: bigint;
  /** The image under its root disk, once there is one: the same for all of the disk's life, as is the range of user ids. */
  readonly imageDigest?: string;
  /** Which range of user ids is its own. */
  readonly idSlot?: number;
  /** Its user-data has been given to a run: it is never given again. */
  readonly userDataGiven: boolean;
  readonly runningSinceMs: number;
  readonly exit?: EndedRun;
  readonly reason?: Reason;
}

export interface EndedRun {
  /** As TaskExit counts it; undefined when nobody saw it. */
  readonly code: number | undefined;
  readonly outOfMemory: boolean;
  readonly finishedMs: number;
}

/** Why an instance is as it is, in EC2's form. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

export const NOTHING_CARRIED: Carried = { phase: 'new', starts: 0n, reboots: 0n, userDataGiven: false, runningSinceMs: 0 };

export function encodeRecord({ desired, carried }: InstanceRecord): string {
  const { starts, reboots, ...others } = carried;
  return JSON.stringify({
    desired: Buffer.from(DesiredInstance.encode(desired).finish()).toString('base64'),
    carried: { ...others, starts: String(starts), reboots: String(reboots) },
  });
}

export function decodeRecord(text: string): InstanceRecord {
  const { desired, carried } = JSON.parse(text) as {
    desired: string;
    carried: Omit<Carried, 'starts' | 'reboots'> & { starts: string; reboots: string };
  };
  return {
    desired: DesiredInstance.decode(Buffer.from(desired, 'base64')),
    carried: { ...carried, starts: BigInt(carried.starts), reboots: BigInt(carried.reboots) },
  };
}
