import { NetworkError } from './errors.ts';
import type { Attachment } from './instance-network.ts';

/** Who is attached. Two never have the same address: each would get the other's packets. */
export interface AttachmentBook {
  readonly attachments: ReadonlyMap<string, Attachment>;
  /** Gives what was there before. Throws NetworkError `in-use` for another's address, `unsupported` for a change of what cannot change. */
  put(attachment: Attachment): Attachment | undefined;
  /** False: it was not there. */
  remove(instanceId: string): boolean;
}

export function createAttachmentBook(): AttachmentBook {
  const attachments = new Map<string, Attachment>();
  return {
    attachments,
    put(attachment) {
      const before = attachments.get(attachment.instanceId);
      for (const other of attachments.values()) mustDiffer(attachment, other);
      attachments.set(attachment.instanceId, attachment);
      return before;
    },
    remove: (instanceId) => attachments.delete(instanceId),
  };
}

function mustDiffer(attachment: Attachment, other: Attachment): void {
  if (other.instanceId === attachment.instanceId) {
    const isSame = other.privateAddress === attachment.privateAddress && other.macAddress === attachment.macAddress;
    if (isSame) return;
    throw new NetworkError('unsupported', `the private address and the MAC of ${attachment.instanceId} cannot change while it is attached`);
  }
  const isSamePublic = attachment.publicAddress !== undefined && attachment.publicAddress === other.publicAddress;
  if (isSamePublic || attachment.privateAddress === other.privateAddress) {
    throw new NetworkError('in-use', `${other.instanceId} has an address of ${attachment.instanceId} already`);
  }
}
