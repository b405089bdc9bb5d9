/** What an instance of a type gets, and what of its node is set aside for it. */
export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  /** Thousandths of a processor set aside: all of its vCPUs, or a burstable type's baseline. */
  readonly reservedCpuMillis: number;
  readonly burstable: boolean;
  /** Root disk when nothing else is asked for. */
  readonly diskGib: number;
  readonly pids: number;
  readonly diskMibPerSecond: number;
  readonly diskOperationsPerSecond: number;
  readonly networkMbitPerSecond: number;
}

export const DEFAULT_INSTANCE_TYPE = 'm1.small';
const MILLIS = 1_000;

/** Names and sizes are those of the AWS types of the same name, but for disks, which are smaller here. */
const SIZES: readonly (readonly [name: string, vcpus: number, memoryGib: number, baselinePercent?: number])[] = [
  // Burstable: a baseline for each vCPU, the whole of them while the node is not busy.
  ['t2.nano', 1, 0.5, 5],
  ['t2.micro', 1, 1, 10],
  ['t2.small', 1, 2, 20],
  ['t2.medium', 2, 4, 20],
  ['t3.nano', 2, 0.5, 5],
  ['t3.micro', 2, 1, 10],
  ['t3.small', 2, 2, 20],
  ['t3.medium', 2, 4, 20],
  ['t3.large', 2, 8, 30],
  // General purpose.
  ['m1.small', 1, 1.7],
  ['m5.large', 2, 8],
  ['m5.xlarge', 4, 16],
  ['m5.2xlarge', 8, 32],
  // Compute optimised.
  ['c5.large', 2, 4],
  ['c5.xlarge', 4, 8],
  ['c5.2xlarge', 8, 16],
  // Memory optimised.
  ['r5.large', 2, 16],
  ['r5.xlarge', 4, 32],
  ['r5.2xlarge', 8, 64],
  // Storage optimised.
  ['i3.large', 2, 15.25],
  ['i3.xlarge', 4, 30.5],
];

interface Family {
  readonly diskGib: number;
  readonly diskMibPerSecond: number;
  readonly diskOperationsPerSecond: number;
  readonly networkMbitPerSecond: number;
}

const PLAIN: Family = { diskGib: 8, diskMibPerSecond: 125, diskOperationsPerSecond: 3_000, networkMbitPerSecond: 1_000 };
const FAMILIES: Readonly<Record<string, Family>> = {
  t2: { ...PLAIN, networkMbitPerSecond: 500 },
  t3: { ...PLAIN, networkMbitPerSecond: 500 },
  i3: { ...PLAIN, diskGib: 40, diskMibPerSecond: 1_000, diskOperationsPerSecond: 30_000 },
};
const PIDS_PER_GIB = 512;
const LEAST_PIDS = 512;

export const INSTANCE_TYPES: ReadonlyMap<string, InstanceType> = new Map(
  SIZES.map(([name, vcpus, memoryGib, baselinePercent]) => [
    name,
    {
      name,
      vcpus,
      memoryMib: Math.floor(memoryGib * 1024),
      reservedCpuMillis: (vcpus * MILLIS * (baselinePercent ?? 100)) / 100,
      burstable: baselinePercent !== undefined,
      pids: Math.max(LEAST_PIDS, Math.ceil(memoryGib * PIDS_PER_GIB)),
      ...(FAMILIES[name.slice(0, name.indexOf('.'))] ?? PLAIN),
    },
  ]),
);
