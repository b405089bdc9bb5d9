import type { Member } from './member.ts';

interface EndpointStatus {
  readonly Status: { readonly header: { readonly member_id: number }; readonly leader: number };
}

/** The number of the member that leads, as it says itself; undefined while none does. */
export async function findEtcdLeader(members: readonly Member[]): Promise<number | undefined> {
  for (const [i, member] of members.entries()) {
    if ((await member.state()) !== 'running') continue;
    const { exitCode, stdout } = await member.run(statusCommand(member.name));
    if (exitCode !== 0) continue;
    const [answer] = JSON.parse(stdout) as EndpointStatus[];
    if (answer !== undefined && answer.Status.leader === answer.Status.header.member_id) return i;
  }
  return undefined;
}

function statusCommand(name: string): readonly string[] {
  const tls = ['--cacert=/secrets/ca.pem', '--cert=/secrets/cert.pem', '--key=/secrets/key.pem'];
  return ['env', 'ETCDCTL_API=3', 'etcdctl', `--endpoints=https://${name}:2379`, ...tls, 'endpoint', 'status', '--write-out=json'];
}
