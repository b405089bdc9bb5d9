import { Metadata } from '@grpc/grpc-js';
import type { LeaseGrantResponse, LeaseKeepAliveResponse, LeaseRevokeResponse } from '@pilvi/contracts/etcd/rpc';
import type { Random } from '@pilvi/runtime';
import { ControlStoreError } from '../errors.ts';
import { callEtcd, requireLeader } from './etcd-calls.ts';
import type { Attempt, EtcdCalls, EtcdMember } from './etcd-calls.ts';

/** Ids that a number holds exactly; etcd's own have 63 bits, and it refuses one that is taken. */
const LEASE_ID_LIMIT = 2 ** 52;

/**
 * ControlStore.grantLease. etcd counts in whole seconds, has a shortest time (1.5 times its election time-out), and gives every
 * lease its whole time again when it changes its leader: one ends late rather than early.
 */
export async function grantLease(
  { calls, random }: { calls: EtcdCalls; random: Pick<Random, 'fraction'> },
  ttlMs: number,
): Promise<number> {
  const lease = 1 + Math.floor(random.fraction() * (LEASE_ID_LIMIT - 1));
  const request = { ID: BigInt(lease), TTL: BigInt(Math.ceil(ttlMs / 1_000)) };
  await calls.write((member, attempt) =>
    callEtcd<LeaseGrantResponse>((metadata, options, done) => member.lease.leaseGrant(request, metadata, options, done), attempt),
  );
  return lease;
}

/** ControlStore.keepAlive. */
export async function keepAlive({ calls }: { calls: EtcdCalls }, lease: number): Promise<void> {
  const response = await calls.read((member, attempt) => renew(member, lease, attempt));
  if (response.TTL <= 0n) throw new ControlStoreError('lease-not-found', `there is no lease ${String(lease)}`);
}

/** ControlStore.revokeLease. */
export async function revokeLease({ calls }: { calls: EtcdCalls }, lease: number): Promise<void> {
  const request = { ID: BigInt(lease) };
  await calls.write((member, attempt) =>
    callEtcd<LeaseRevokeResponse>((metadata, options, done) => member.lease.leaseRevoke(request, metadata, options, done), attempt),
  );
}

/** One request and one answer on a stream, which is all that etcd offers for it. */
async function renew(member: EtcdMember, lease: number, { signal, deadlineMs }: Attempt): Promise<LeaseKeepAliveResponse> {
  signal.throwIfAborted();
  const call = member.lease.leaseKeepAlive(requireLeader(new Metadata()), { deadline: Date.now() + deadlineMs });
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await new Promise<LeaseKeepAliveResponse>((resolve, reject) => {
      // Stays after the answer: cancelling is told as an error too.
      call.on('error', reject);
      call.on('data', resolve);
      call.on('end', () => reject(new Error('the stream ended without an answer')));
      call.write({ ID: BigInt(lease) });
    });
  } finally {
    signal.removeEventListener('abort', cancel);
    call.cancel();
  }
}
