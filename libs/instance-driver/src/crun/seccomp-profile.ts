import { constants } from 'node:os';
import { ALLOWED_SYSCALLS } from './allowed-syscalls.ts';

/** The `linux.seccomp` of an OCI runtime bundle. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly valueTwo?: number; readonly op: string }[];
}

/** CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (sched.h). */
const NEW_NAMESPACES = 0x7e020080;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. Not AF_PACKET, AF_ALG, AF_VSOCK and the rest: attack surface that no server needs. */
const SOCKET_FAMILIES = [1, 2, 10, 16];
/** Personalities of ordinary programs: Linux, Linux with a fixed layout (gdb), 32 bit, the two together, and the question which it is. */
const PERSONALITIES = [0x0, 0x0040000, 0x0008, 0x20000, 0x20008, 0xffffffff];

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/** An allow-list; everything else answers EPERM, and a program of another architecture (x32 too) is killed. Source: seccomp(2), OCI runtime-spec config-linux.md. */
export function seccompProfile(architecture: NodeJS.Architecture = process.arch): SeccompProfile {
  const allow = (names: readonly string[], args?: SeccompRule['args']): SeccompRule => ({
    names,
    action: 'SCMP_ACT_ALLOW',
    ...(args !== undefined && { args }),
  });
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: constants.errno.EPERM,
    architectures: ARCHITECTURES[architecture] ?? [],
    syscalls: [
      allow(ALLOWED_SYSCALLS),
      allow(['clone'], [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]),
      // Its flags lie in memory, where a filter cannot look: with ENOSYS the C library falls back to clone.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: constants.errno.ENOSYS },
      ...SOCKET_FAMILIES.map((value) => allow(['socket'], [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
      ...PERSONALITIES.map((value) => allow(['personality'], [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
    ],
  };
}
