import { readFileSync, statfsSync } from 'node:fs';
import { release } from 'node:os';

/** What isolation rests on, of this machine. */
export interface MachineKind {
  readonly kernel: string;
  readonly cgroupVersion: 1 | 2;
  /** Controllers of the unified tree; empty with version 1. */
  readonly controllers: readonly string[];
  readonly isAppArmorEnabled: boolean;
}

/** CGROUP2_SUPER_MAGIC, statfs(2). */
const CGROUP2_MAGIC = 0x63677270;

export function describeMachine(): MachineKind {
  const isUnified = statfsSync('/sys/fs/cgroup').type === CGROUP2_MAGIC;
  return {
    kernel: release(),
    cgroupVersion: isUnified ? 2 : 1,
    controllers: isUnified ? readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').trim().split(' ') : [],
    isAppArmorEnabled: readOr('/sys/module/apparmor/parameters/enabled', 'N').startsWith('Y'),
  };
}

/** In words, for people. */
export function wordsFor({ kernel, cgroupVersion, controllers, isAppArmorEnabled }: MachineKind): string {
  const trees = cgroupVersion === 2 ? `cgroup v2 (${controllers.join(' ')})` : 'cgroup v1';
  return `Linux ${kernel}, ${trees}, AppArmor ${isAppArmorEnabled ? 'enabled' : 'not enabled'}`;
}

/** What instances' limits are kept by. */
const NEEDED_CONTROLLERS = ['cpu', 'io', 'memory', 'pids'];

/** Why a guest is not the machine that it should be; empty when it is. */
export function wrongWith({ cgroupVersion, controllers, isAppArmorEnabled }: MachineKind): readonly string[] {
  return [
    ...(cgroupVersion === 2 ? [] : ['its control groups are not of version 2']),
    ...NEEDED_CONTROLLERS.filter((name) => !controllers.includes(name)).map((name) => `the controller ${name} is not in its unified tree`),
    ...(isAppArmorEnabled ? [] : ['AppArmor is not enabled in it']),
  ];
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
