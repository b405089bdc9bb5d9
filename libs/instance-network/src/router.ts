import { command, ipBatch, ipQuery, shellInNamespace } from './commands.ts';
import { closePassage } from './forward-passage.ts';
import { allowForwarding, allowLoopbackOn, restoreForwarding } from './host-sysctls.ts';
import { configureRouter, createRouter } from './link-commands.ts';
import { instanceOfNamespace } from './names.ts';
import type { NetworkNames } from './names.ts';
import { claimUplink, findUplink } from './uplink.ts';
import type { Uplink } from './uplink.ts';

export interface RouterWishes {
  /** For public addresses; must be free. Undefined: one is chosen. */
  readonly publicCidr?: string | undefined;
  /** Chosen if it is free. */
  readonly preferredPublicCidr?: string | undefined;
}

/** Makes the router and its uplink, or takes over what an earlier process of this node left. */
export async function openRouter(names: NetworkNames, wishes: RouterWishes): Promise<Uplink> {
  const namespaces = await listNamespaces();
  const found = namespaces.includes(names.router) ? await findUplink(names) : undefined;
  const isWanted = wishes.publicCidr === undefined || wishes.publicCidr === found?.publicCidr;
  if (found !== undefined && isWanted) {
    await allowForwarding(names.uplink, found.note);
    await allowLoopbackOn(names.uplink);
    return found;
  }
  // Not come to an end, or for another range: the instances that hung on it, if any, are connected anew by their next attach.
  await removeAll(names);
  try {
    return await makeRouter(names, wishes);
  } catch (error) {
    await removeAll(names);
    throw error;
  }
}

async function makeRouter(names: NetworkNames, wishes: RouterWishes): Promise<Uplink> {
  await ipBatch([...createRouter(names.router, names.uplink), `link set ${names.uplink} up`]);
  const uplink = await claimUplink(names, wishes);
  await shellInNamespace(names.router, configureRouter(uplink));
  await allowLoopbackOn(names.uplink);
  // Last: the note it leaves on the link says that all this was done.
  await allowForwarding(names.uplink);
  return uplink;
}

/** Whatever of this node's network there is, is gone afterwards. Takes no offence at what is not there. */
export async function removeAll(names: NetworkNames): Promise<void> {
  await closePassage(names.uplink);
  await restoreForwarding(names.uplink);
  const namespaces = await listNamespaces();
  await command('ip', ['link', 'delete', names.uplink]).catch(() => undefined);
  await ipBatch(
    namespaces
      .filter((name) => name === names.router || instanceOfNamespace(names, name) !== undefined)
      .map((name) => `netns delete ${name}`),
  );
  await command('nft', ['-f', '-'], `table inet ${names.hostTable}\ndelete table inet ${names.hostTable}\n`);
}

async function listNamespaces(): Promise<string[]> {
  return (await ipQuery<{ name: string }>(['netns', 'list'])).map(({ name }) => name);
}

/** Instances of this node that have a namespace. */
export async function listInstances(names: NetworkNames): Promise<string[]> {
  return (await listNamespaces()).flatMap((name) => instanceOfNamespace(names, name) ?? []);
}

export async function mtuOf(link: string): Promise<number> {
  const [found] = await ipQuery<{ mtu: number }>(['link', 'show', 'dev', link]);
  return found?.mtu ?? 1500;
}
