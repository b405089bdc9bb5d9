import { isDeepStrictEqual } from 'node:util';
import { ipBatch, ipQuery, shellInNamespace } from './commands.ts';
import { createAttachmentBook } from './attachment-book.ts';
import type { Attachment } from './instance-network.ts';
import { configureInstance, connectInstance, createInstance, limitSpeed } from './link-commands.ts';
import { instanceLink, instanceNamespace } from './names.ts';
import type { NetworkNames } from './names.ts';
import { listInstances, mtuOf } from './router.ts';

/** The links between instances and router. */
export interface InstanceLinks {
  /** Those that are connected or being connected. */
  readonly attachments: ReadonlyMap<string, Attachment>;
  /** `onMade`: its namespace is there, and what is in it follows. */
  connect(attachment: Attachment, onMade?: () => void): Promise<void>;
  disconnect(instanceId: string): Promise<void>;
}

export interface InstanceLinksOptions {
  readonly names: NetworkNames;
  readonly adopt: readonly Attachment[];
  /** Puts the rules for the attachments as they are now in force. */
  writeRules(): Promise<void>;
}

/** Takes over the links of these instances as far as they are there, and removes all others. */
export async function createInstanceLinks({ names, adopt, writeRules }: InstanceLinksOptions): Promise<InstanceLinks> {
  const book = createAttachmentBook();
  const { attachments } = book;
  /** What is done to an instance's link is done one after the other. */
  const queues = new Map<string, Promise<void>>();
  const mtuBytes = await mtuOf(names.uplink);

  const present = new Set(await listInstances(names));
  const linked = new Set((await ipQuery<{ ifname: string }>(['link', 'show'], names.router)).map(({ ifname }) => ifname));
  for (const attachment of adopt) {
    const { instanceId } = attachment;
    if (!present.has(instanceId) || !linked.has(instanceLink(instanceId))) continue;
    present.delete(instanceId);
    book.put(attachment);
  }
  for (const instanceId of present) await remove(instanceId);
  // An attachment may have been changed, or not been finished, when the earlier process died.
  for (const attachment of attachments.values()) await configure(attachment, undefined);

  async function make(attachment: Attachment, onMade: () => void): Promise<void> {
    await ipBatch(createInstance(attachment, { ...where(attachment), mtuBytes }));
    onMade();
    await configure(attachment, undefined);
  }

  async function configure(attachment: Attachment, before: Attachment | undefined): Promise<void> {
    const { router, namespace } = where(attachment);
    // A new link has no limit.
    const limits = attachment.bitsPerSecond === (before?.bitsPerSecond ?? 0) ? undefined : limitSpeed(attachment);
    await Promise.all([
      shellInNamespace(namespace, [...configureInstance(attachment), ...(limits?.inInstance ?? [])]),
      shellInNamespace(router, [...connectInstance(attachment), ...(limits?.inRouter ?? [])]),
    ]);
  }

  function where({ instanceId }: Attachment): { router: string; namespace: string } {
    return { router: names.router, namespace: instanceNamespace(names, instanceId) };
  }

  async function remove(instanceId: string): Promise<void> {
    // The namespace lives on while a process is in it; its link must not.
    await ipBatch([`link delete ${instanceLink(instanceId)}`], names.router).catch(() => undefined);
    await ipBatch([`netns delete ${instanceNamespace(names, instanceId)}`]);
  }

  function inTurn(instanceId: string, act: () => Promise<void>): Promise<void> {
    const done = (queues.get(instanceId) ?? Promise.resolve()).catch(() => undefined).then(act);
    queues.set(instanceId, done);
    void done
      .catch(() => undefined)
      .then(() => {
        if (queues.get(instanceId) === done) queues.delete(instanceId);
      });
    return done;
  }

  async function connect(attachment: Attachment, onMade: () => void): Promise<void> {
    const { instanceId } = attachment;
    const before = book.put(attachment);
    // At the same time: until the rules name a link, nothing passes it, and until it is made there is nothing to pass.
    const rules = writeRules();
    try {
      if (before === undefined) await make(attachment, onMade);
      else onMade();
      if (before !== undefined && !isSameLink(before, attachment)) await configure(attachment, before);
      await rules;
    } catch (error) {
      await rules.catch(() => undefined);
      if (before === undefined) await disconnect(instanceId).catch(() => undefined);
      throw error;
    }
  }

  async function disconnect(instanceId: string): Promise<void> {
    if (!book.remove(instanceId)) return;
    await Promise.all([remove(instanceId), writeRules()]);
  }

  return {
    attachments,
    connect: (attachment, onMade = () => undefined) => inTurn(attachment.instanceId, () => connect(attachment, onMade)),
    disconnect: (instanceId) => inTurn(instanceId, () => disconnect(instanceId)),
  };
}

/** Whether what differs, if anything, is a matter of rules only. */
function isSameLink(a: Attachment, b: Attachment): boolean {
  return a.bitsPerSecond === b.bitsPerSecond && isDeepStrictEqual(a.subnet, b.subnet);
}
