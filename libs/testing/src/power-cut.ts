import type { Disks } from './disks.ts';
import type { Member } from './member.ts';

/**
 * All machines lose power at one instant: every process is frozen, the disks' images are copied (what was not fsynced is not in them), the processes are
 * killed, and start from the copies. What was acknowledged before must be there.
 */
export async function cutPower(members: readonly Member[], disks: Disks): Promise<void> {
  const withData = members.filter((member) => member.plan.dataPath !== undefined);
  const running = await membersThatAre(withData, 'running');
  await Promise.all(running.map((member) => member.pause()));
  await disks.copy();
  await Promise.all(running.map((member) => member.kill()));
  await Promise.all(withData.map((member) => member.remove()));
  await disks.turnToCopies(withData.map((member) => member.name));
  await Promise.all(withData.map((member) => member.create()));
  for (const member of running) await member.start();
}

async function membersThatAre(members: readonly Member[], wanted: 'running'): Promise<Member[]> {
  const states = await Promise.all(members.map((member) => member.state()));
  return members.filter((_, i) => states[i] === wanted);
}
