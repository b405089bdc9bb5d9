import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import { createAttachmentBook } from './attachment-book.ts';
import { problemOf } from './desired-network.ts';
import { NetworkError } from './errors.ts';
import type { AttachedNetwork, Attachment, InstanceNetwork, SecurityGroup } from './instance-network.ts';
import { permits } from './permits.ts';
import type { Flow } from './permits.ts';

/** A network without a kernel: for nodes whose instances do not really run. It answers what would pass. */
export interface MemoryNetwork extends InstanceNetwork {
  /** Whether the first packet of a conversation arrives. */
  permits(flow: Flow): boolean;
  /** A connection to the metadata service, as the instance opens it. Undefined: nobody serves, or there is no such instance. */
  connectMetadata(instanceId: string): Duplex | undefined;
}

export function createMemoryNetwork({ publicCidr = '127.201.0.0/16' }: { readonly publicCidr?: string } = {}): MemoryNetwork {
  const book = createAttachmentBook();
  const { attachments } = book;
  const groups = new Map<string, SecurityGroup>();
  let metadata: Server | undefined;
  let isClosed = false;
  const mustBeOpen = (): void => {
    if (isClosed) throw new NetworkError('unavailable', 'the network is closed');
  };
  async function attach(attachment: Attachment): Promise<AttachedNetwork> {
    mustBeOpen();
    book.put(attachment);
    return { namespacePath: `/memory/${attachment.instanceId}` };
  }
  async function close(): Promise<void> {
    isClosed = true;
    for (const instanceId of [...attachments.keys()]) book.remove(instanceId);
    groups.clear();
    metadata = undefined;
  }
  return {
    publicCidr,
    attach,
    beginAttach(attachment) {
      const made = attach(attachment);
      const inForce = made.then(() => undefined);
      inForce.catch(() => undefined);
      return { made, inForce };
    },
    async detach(instanceId) {
      book.remove(instanceId);
    },
    async putSecurityGroup(group) {
      mustBeOpen();
      if ((groups.get(group.groupId)?.revision ?? -1n) < group.revision) groups.set(group.groupId, group);
    },
    async removeSecurityGroup(groupId) {
      groups.delete(groupId);
    },
    problem: (instanceId) => problemOf(attachments.get(instanceId), groups, publicCidr),
    serveMetadata: (server) => void (metadata = server),
    permits: (flow) => permits({ attachments, groups }, flow),
    connectMetadata(instanceId) {
      const attachment = attachments.get(instanceId);
      if (attachment === undefined || metadata === undefined) return undefined;
      const [inner, outer] = duplexPair();
      metadata.emit('connection', Object.assign(outer, { remoteAddress: attachment.privateAddress }));
      return inner;
    },
    connect(instanceId) {
      const isThere = attachments.has(instanceId);
      throw new NetworkError(isThere ? 'unsupported' : 'absent', `nothing listens in ${instanceId}: there is no kernel here`);
    },
    standIn: async () => undefined,
    refresh: async () => {},
    leave: async () => void (metadata = undefined),
    close,
    [Symbol.asyncDispose]: close,
  };
}
