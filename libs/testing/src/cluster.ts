import { buildCluster } from './build-cluster.ts';
import type { ClusterParts } from './build-cluster.ts';
import { readShape } from './cluster-options.ts';
import type { ClusterOptions } from './cluster-options.ts';
import { isInSync, isWhole } from './cluster-status.ts';
import type { ClusterStatus } from './cluster-status.ts';
import type { Member } from './member.ts';
import type { NetworkFault } from './network-faults.ts';
import { cutPower } from './power-cut.ts';
import { s3ClientConfig } from './s3-client-config.ts';
import type { Credentials, S3ClientConfig } from './s3-client-config.ts';
import { PilviTestingError } from './testing-error.ts';
import type { LinkQuality } from './traffic-control.ts';
import { waitUntil } from './wait.ts';

export const REGION = 'us-east-1';
/** Long: what never comes is a failure, on a busy machine too. */
const WHOLE_MS = 300_000;

/** A cluster of containers, whose processes can be killed, frozen, cut off and damaged, each by its name. */
export class Cluster implements AsyncDisposable {
  readonly #parts: ClusterParts;

  private constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  /** Starts a cluster, and resolves when it is whole. Throws PilviTestingError; nothing is left on the engine then. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const shape = readShape(options);
    const parts = await buildCluster(shape, options.images ?? {});
    try {
      const cluster = new Cluster(parts);
      for (const member of parts.members) await member.start();
      await cluster.whole({ timeoutMs: shape.startTimeoutMs });
      return cluster;
    } catch (error) {
      const logs = await parts.lastWords().catch(() => '');
      await parts.removeAll();
      throw new PilviTestingError('start-failed', `the cluster did not start: ${String(error)}\n${logs}`, { cause: error });
    }
  }

  /** Where S3 is: the load balancer, or the first gateway. */
  get endpoint(): string {
    return this.#parts.loadBalancerEndpoint ?? this.#parts.gatewayEndpoints[0]!;
  }

  /** Of every gateway. */
  get endpoints(): readonly string[] {
    return this.#parts.gatewayEndpoints;
  }

  get region(): string {
    return REGION;
  }

  get credentials(): Credentials {
    return this.#parts.credentials;
  }

  /** Options for the AWS SDK. */
  s3ClientConfig(endpoint = this.endpoint): S3ClientConfig {
    return s3ClientConfig(endpoint, this.region, this.credentials);
  }

  /** All processes. */
  get members(): readonly Member[] {
    return this.#parts.members;
  }

  get nodes(): readonly Member[] {
    return this.members.filter((member) => member.plan.kind === 'storage');
  }

  get gateways(): readonly Member[] {
    return this.members.filter((member) => member.plan.kind === 'gateway');
  }

  /** A storage node: `storage-1`, ... Throws `no-such-member`. */
  node(name: string): Member {
    return this.#member(name, this.nodes);
  }

  /** `gateway-1`, ... */
  gateway(name: string): Member {
    return this.#member(name, this.gateways);
  }

  /** By its number, from 0. */
  etcd(index: number): Member {
    return this.#member(
      `etcd-${index + 1}`,
      this.members.filter((member) => member.plan.kind === 'etcd'),
    );
  }

  /** The number of the member of etcd that leads now; undefined while there is none. */
  async etcdLeader(): Promise<number | undefined> {
    return this.#parts.etcdLeader();
  }

  /** The names of all storage nodes of a zone. */
  zone(name: string): readonly string[] {
    return this.nodes.filter((node) => node.zone === name).map((node) => node.name);
  }

  /** Packets between the two groups of processes are dropped, in both directions, until it is healed or goes out of scope (`await using`). */
  async cut(one: readonly string[], other: readonly string[]): Promise<NetworkFault> {
    return this.#parts.network.cut(one, other);
  }

  /** Makes the links between the two groups slow. Throws `kernel-lacks-netem` for a delay that the engine's kernel cannot make. */
  async slow(one: readonly string[], other: readonly string[], quality: LinkQuality): Promise<NetworkFault> {
    return this.#parts.network.slow(one, other, quality);
  }

  /** What `pilvi status --json` says, of the first gateway that answers. Throws `status-unavailable`. */
  async status(): Promise<ClusterStatus> {
    return this.#parts.status();
  }

  /** Waits until every partition is in sync and serves. Throws `timed-out`, with the last status. */
  async inSync({ timeoutMs = WHOLE_MS }: { timeoutMs?: number } = {}): Promise<void> {
    await this.#until(isInSync, timeoutMs, 'in sync');
  }

  /** Waits until every piece has its copies, all nodes are there, and every gateway that was not stopped serves. */
  async whole({ timeoutMs = WHOLE_MS }: { timeoutMs?: number } = {}): Promise<void> {
    const untilMs = performance.now() + timeoutMs;
    if (!(await waitUntil(() => this.#parts.gatewaysServe(), timeoutMs))) {
      throw new PilviTestingError('timed-out', `not every gateway serves after ${timeoutMs} ms`);
    }
    await this.#until(isWhole, untilMs - performance.now(), 'whole');
  }

  /** All machines lose power at one instant, and start again with what was fsynced. Needs `disks`. */
  async powerCut(): Promise<void> {
    const { disks } = this.#parts;
    if (disks === undefined)
      throw new PilviTestingError('needs-own-disks', 'a power cut needs disks of its own: start the cluster with disks');
    await cutPower(this.members, disks);
  }

  /** Asks every node to read all it stores again; damage is mended. Returns at once: `status().nodes[].scrub` tells how far they are. */
  async scrub(): Promise<void> {
    await this.#parts.askForScrub();
  }

  /** Removes all containers, networks and volumes. */
  async stop(): Promise<void> {
    await this.#parts.removeAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #until(isSo: (status: ClusterStatus) => boolean, timeoutMs: number, what: string): Promise<void> {
    let last: ClusterStatus | undefined;
    const isThere = await waitUntil(async () => {
      last = await this.status().catch(() => undefined);
      return last !== undefined && isSo(last);
    }, timeoutMs);
    if (isThere) return;
    const seen =
      last === undefined
        ? 'no gateway answers'
        : JSON.stringify({ ...last, nodes: last.nodes.map(({ name, state }) => `${name} ${state}`) });
    throw new PilviTestingError('timed-out', `the cluster is not ${what} after ${timeoutMs} ms: ${seen}`);
  }

  #member(name: string, among: readonly Member[]): Member {
    const found = among.find((member) => member.name === name);
    if (found !== undefined) return found;
    const known = among.map((member) => member.name).join(', ');
    throw new PilviTestingError('no-such-member', `no ${name} among ${known === '' ? 'none' : known}`, { details: { member: name } });
  }
}
