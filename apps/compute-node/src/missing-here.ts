import { findTool, missingRequirements } from '@pilvi/instance-driver';
import { missingForNetwork } from '@pilvi/instance-network';
import { existsSync, readlinkSync } from 'node:fs';
import type { BootPrograms } from './instances/side-files.ts';
import { findSftpServer } from './ssh/sftp-server.ts';

/** Programs that the node calls, and the Debian package of each. */
const TOOLS: Readonly<Record<string, string>> = { 'mkfs.ext4': 'e2fsprogs', mount: 'mount', unshare: 'util-linux', 'tini-static': 'tini' };

/** What this machine lacks to run instances, one line each, for people; empty when it lacks nothing. */
export async function missingHere(): Promise<readonly string[]> {
  const tools = Object.entries(TOOLS).filter(([name]) => findTool(name) === undefined);
  // Each part of a node tells what it needs; most need the same.
  return [
    ...new Set([
      ...missingRequirements(),
      ...(await missingForNetwork()),
      ...tools.map(([name, debian]) => `the program ${name} (Debian package ${debian})`),
      ...(nobodyReaps() ? ['an init as process 1 of its container (docker run --init)'] : []),
      ...(existsSync(BUSYBOX) ? [] : [`${BUSYBOX} (Debian package busybox-static)`]),
      ...(existsSync('/dev/loop-control') ? [] : ['loop devices (/dev/loop-control)']),
    ]),
  ];
}

const BUSYBOX = '/bin/busybox';

/** Node, as process 1, waits for no children but its own: what an instance leaves behind would stay there, and the instance never end. */
function nobodyReaps(): boolean {
  try {
    return readlinkSync('/proc/1/exe') === process.execPath;
  } catch {
    return false;
  }
}

/** Shown to every instance, which may have neither. */
export function findBootPrograms(): BootPrograms {
  return { init: findTool('tini-static') ?? '/usr/bin/tini-static', busybox: BUSYBOX, sftpServer: findSftpServer() };
}
