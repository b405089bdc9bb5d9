import { DriverError } from '@pilvi/instance-driver';
import type { DriverErrorCode } from '@pilvi/instance-driver';
import { ImageError } from '@pilvi/instance-images';
import type { ImageErrorCode } from '@pilvi/instance-images';
import type { Reason } from './instance-record.ts';

const INTERNAL: Reason = { code: 'Server.InternalError', message: 'Server.InternalError: Internal error on launch' };

/** Its first process ended, and nobody had asked it to. */
export const ENDED_BY_ITSELF: Reason = {
  code: 'Client.InstanceInitiatedShutdown',
  message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
};

/** Why a launch failed, in EC2's form (EC2 API reference, StateReason). What is the client's fault is told; what is ours stays in our log. */
export function reasonOfFailure(error: unknown): Reason {
  if (error instanceof ImageError) return OF_IMAGES[error.code](error);
  if (error instanceof DriverError) return OF_DRIVERS[error.code](error);
  return INTERNAL;
}

const badImage = ({ message }: Error): Reason => ({ code: 'Client.InvalidImage', message: `Client.InvalidImage: ${oneLine(message)}` });
const noSpace = (): Reason => ({
  code: 'Server.InsufficientInstanceCapacity',
  message: 'Server.InsufficientInstanceCapacity: the node has no space left',
});

const OF_IMAGES: Readonly<Record<ImageErrorCode, (error: Error) => Reason>> = {
  absent: badImage,
  'bad-image': badImage,
  'wrong-architecture': badImage,
  'no-space': noSpace,
  unsupported: () => INTERNAL,
  failed: () => INTERNAL,
};

const OF_DRIVERS: Readonly<Record<DriverErrorCode, (error: Error) => Reason>> = {
  'command-not-found': badImage,
  'bad-spec': badImage,
  absent: () => INTERNAL,
  exists: () => INTERNAL,
  'wrong-state': () => INTERNAL,
  unsupported: () => INTERNAL,
  'runtime-failed': () => INTERNAL,
};

/** Nothing of the node's own paths. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\/[^\s:'"`]*\/(images|scratch|tasks|m)\/[^\s:'"`]*/g, '(file)')
    .slice(0, 300);
}
