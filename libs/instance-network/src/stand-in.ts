import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { applyRules } from './commands.ts';
import { listenInNamespace } from './namespace-sockets.ts';
import { namespacePath } from './names.ts';
import { chain, script } from './nft-script.ts';

/**
 * Lets `server` answer at a port of an instance for as long as nothing inside listens there: the kernel looks for a listener at each new connection, and
 * sends those that would find none to a socket of ours. The rules lie in the instance's own namespace, behind its security groups; root inside has no power over them.
 */
export async function standIn(namespace: string, port: number, server: Server): Promise<void> {
  server.listen({ fd: listenInNamespace(namespacePath(namespace)) });
  await once(server, 'listening');
  await applyRules(standInRules(port, (server.address() as AddressInfo).port), namespace);
}

/** Pure. */
export function standInRules(port: number, ownPort: number): string {
  const asked = `iifname "eth0" tcp dport ${port}`;
  return script([
    {
      family: 'ip',
      name: `pilvi-stand-in-${port}`,
      parts: [
        chain('arrive', 'type nat hook prerouting priority dstnat', [
          // It matches when there is a socket for the packet: bound to one address, or to all.
          `${asked} socket wildcard 0 accept`,
          `${asked} socket wildcard 1 accept`,
          `${asked} redirect to :${ownPort}`,
        ]),
        // Nobody gets there but by that port, which is what security groups were asked about.
        chain('guard', 'type filter hook input priority filter', [
          `iifname "eth0" tcp dport ${ownPort} ct original proto-dst != ${port} drop`,
        ]),
      ],
    },
  ]);
}
