import { epoch, partitionId } from '@pilvi/cluster-map';
import type { ClusterMapSource, Incarnation, PartitionId } from '@pilvi/cluster-map';
import { PeerServiceClient } from '@pilvi/contracts/replication/v1/peer';
import type { CompareDigestsRequest, CompareDigestsResponse, NamedDigest } from '@pilvi/contracts/replication/v1/peer';
import { DIGEST_BYTES, digestBytes, readDigest } from '@pilvi/object-index';
import type { RowStore } from '@pilvi/row-store';
import type { Clock, Logger, Supervisor } from '@pilvi/runtime';
import { callUnary, dial } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import type { ReplicationHost } from './replication-host.ts';
import { verdictOf } from './digest-verdict.ts';

/** How long a secondary may take to come to the entry that the primary named. */
const CATCH_UP_MS = 5_000;
const DEADLINE_MS = 15_000;
const NOTHING = Buffer.alloc(0);

interface Components {
  readonly host: ReplicationHost;
  readonly rows: RowStore;
  readonly maps: ClusterMapSource;
  readonly security: (address: string) => Security;
  readonly clock: Clock;
  readonly log: Logger;
  readonly supervisor: Supervisor;
  readonly everyMs: number;
  /** This node's rows are wrong: it leaves, and is filled again, unless it is the last copy of something. */
  readonly onDamage: (detail: string) => void;
}

/** Replicas compare their digests at equal sequence numbers (D4). */
export interface DigestComparison {
  /** A secondary's answer. */
  answer(request: CompareDigestsRequest): Promise<CompareDigestsResponse>;
  /** Whether a partition that this node leads had another digest elsewhere when it was last compared. */
  differs(partition: PartitionId): boolean;
}

export function createDigestComparison(components: Components): DigestComparison {
  const { clock, supervisor, log } = components;
  const differing = new Set<PartitionId>();
  /** Its rows were read again since the difference was found, so a replica that still differs is to leave: one at a time. */
  let verified: { partition: PartitionId; peer: Incarnation } | undefined;
  /** Where each partition was found equal everywhere: one that has not moved is not compared again. */
  const equalAt = new Map<PartitionId, string>();

  async function round(signal: AbortSignal): Promise<void> {
    const found = await compareAll(components, equalAt, verified, signal);
    verified = undefined;
    for (const { partition, seq, own, others, at } of found) {
      const differ = others.filter((o) => o.digest !== undefined && o.digest !== own);
      if (differ.length === 0) {
        if (!others.every((o) => o.digest === own)) continue;
        differing.delete(partition);
        equalAt.set(partition, at);
        continue;
      }
      differing.add(partition);
      log.error(
        { partition, seq, differ: differ.map((o) => o.peer) },
        'replicas have different digests: rows are missing or wrong on one of them',
      );
      const wrong = await readAgain(components, partition, signal);
      if (wrong !== undefined) components.onDamage(wrong);
      else if (verdictOf(own, others) === 'outvoted')
        components.onDamage(`partition ${String(partition)}: most replicas have another digest than this primary`);
      else verified ??= { partition, peer: differ[0]!.peer };
    }
  }

  supervisor.run(
    'compare-digests',
    async (signal) => {
      let wasSaid = false;
      while (!signal.aborted) {
        // Once the difference is known to lie elsewhere, it is said without delay.
        if (verified === undefined || wasSaid) await clock.sleep(components.everyMs, signal);
        wasSaid = verified !== undefined;
        for (const partition of differing) if (components.host.serving(partition) === undefined) differing.delete(partition);
        await round(signal);
      }
    },
    { onFailure: 'restart' },
  );
  return {
    differs: (partition) => differing.has(partition),
    async answer(request) {
      const isMeant = request.to === components.host.core.self;
      return { digests: await Promise.all(request.digests.map(async (named) => (isMeant ? answerOne(components, named) : NOTHING))) };
    },
  };
}

interface Compared {
  readonly partition: PartitionId;
  readonly seq: number;
  readonly at: string;
  readonly own: bigint;
  readonly others: { readonly peer: Incarnation; digest: bigint | undefined }[];
}

/** Asks every peer once, for all the partitions that it is in sync with. */
async function compareAll(
  components: Components,
  equalAt: ReadonlyMap<PartitionId, string>,
  verified: { partition: PartitionId; peer: Incarnation } | undefined,
  signal: AbortSignal,
): Promise<Compared[]> {
  const { host, rows } = components;
  const compared: Compared[] = [];
  const asked = new Map<Incarnation, { named: NamedDigest; answer: Compared['others'][number] }[]>();
  for (const partition of host.servedPartitions()) {
    const config = host.status(partition)?.config;
    const { seq } = rows.applied(partition);
    const own = rows.digestAt(partition, seq);
    const at = `${String(config?.epoch)} ${String(seq)}`;
    if (config === undefined || own === undefined || equalAt.get(partition) === at) continue;
    const others: Compared['others'] = [];
    for (const peer of config.inSync) {
      if (peer === host.core.self) continue;
      const answer = { peer, digest: undefined };
      const isVerified = verified?.partition === partition && verified.peer === peer;
      const named = { partition, epoch: BigInt(config.epoch), seq: BigInt(seq), digest: digestBytes(own), verified: isVerified };
      others.push(answer);
      asked.set(peer, [...(asked.get(peer) ?? []), { named, answer }]);
    }
    compared.push({ partition, seq, at, own, others });
  }
  await Promise.all(
    [...asked].map(async ([peer, list]) => {
      const answered = await ask(
        components,
        peer,
        list.map((a) => a.named),
        signal,
      ).catch((error: unknown) => {
        components.log.debug({ err: error, peer }, 'digests not compared'); // it is asked again
        return undefined;
      });
      answered?.digests.forEach((digest, i) => {
        const one = list[i];
        if (one !== undefined && digest.length === DIGEST_BYTES) one.answer.digest = readDigest(digest);
      });
    }),
  );
  return compared;
}

async function ask(
  { maps, security }: Components,
  peer: Incarnation,
  digests: NamedDigest[],
  signal: AbortSignal,
): Promise<CompareDigestsResponse> {
  const member = maps.current()?.members.get(peer);
  if (member === undefined) return { digests: [] };
  await using channel = dial({ address: member.address, security: security(member.address) });
  const client = channel.client(PeerServiceClient);
  // Awaited, or the channel would close before.
  return await callUnary<CompareDigestsResponse>(
    (metadata, options, done) => client.compareDigests({ to: peer, digests }, metadata, options, done),
    { signal, deadlineMs: DEADLINE_MS },
  );
}

/** The own digest at the entry named; nothing while another configuration is known here, or when the entry is too far off. */
async function answerOne(components: Components, named: NamedDigest): Promise<Buffer> {
  const { host, rows, clock, log } = components;
  const partition = partitionId(named.partition);
  const isOfTerm = (): boolean => {
    const status = host.status(partition);
    return status?.role === 'secondary' && status.epoch === epoch(Number(named.epoch));
  };
  if (!isOfTerm()) return NOTHING;
  const seq = Number(named.seq);
  await Promise.race([host.committed(partition, seq), clock.sleep(CATCH_UP_MS)]).catch(() => undefined); // its digest is not known then
  const own = rows.digestAt(partition, seq);
  if (own === undefined || !isOfTerm()) return NOTHING;
  if (!digestBytes(own).equals(named.digest)) {
    log.error({ partition, seq, verified: named.verified }, 'the primary has another digest: rows are missing or wrong here or there');
    if (named.verified) components.onDamage(`partition ${String(partition)}: another digest than the primary, whose rows were read again`);
  }
  return digestBytes(own);
}

/** What is wrong with the own rows of a partition, or undefined. */
async function readAgain({ rows, clock }: Components, partition: PartitionId, signal: AbortSignal): Promise<string | undefined> {
  const report = await rows.scrub(partition, () => clock.sleep(0, signal));
  if (report === undefined || (report.damaged.length === 0 && report.digest === report.expectedDigest)) return undefined;
  return `partition ${String(partition)}: rows are missing or others than were written`;
}
