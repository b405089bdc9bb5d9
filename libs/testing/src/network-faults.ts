import type { FaultTools } from './fault-tools.ts';
import { cutFrom, firewallRules } from './firewall-rules.ts';
import type { CutGroups } from './firewall-rules.ts';
import { PilviTestingError } from './testing-error.ts';
import { trafficControlScript } from './traffic-control.ts';
import type { LinkQuality } from './traffic-control.ts';

/** A fault of the network that lasts until it is healed, or goes out of the scope of `await using`. */
export interface NetworkFault extends AsyncDisposable {
  heal(): Promise<void>;
}

/** A process as the network sees it. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** Of its first process, on the engine's host; undefined while it is down. */
  pid(): Promise<number | undefined>;
}

interface SlowLink extends CutGroups {
  readonly quality: LinkQuality;
}

/** Cuts and slow links between the processes of a cluster. Each process is told all that concerns it at once, again after it was started. */
export class NetworkFaults {
  readonly #tools: FaultTools;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #cuts = new Set<CutGroups>();
  readonly #slow = new Set<SlowLink>();

  constructor(tools: FaultTools, hosts: readonly Host[]) {
    this.#tools = tools;
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
  }

  async cut(one: readonly string[], other: readonly string[]): Promise<NetworkFault> {
    return this.#begin(this.#cuts, { one, other });
  }

  async slow(one: readonly string[], other: readonly string[], quality: LinkQuality): Promise<NetworkFault> {
    if (quality.delayMs !== undefined) await this.#needNetem();
    return this.#begin(this.#slow, { one, other, quality });
  }

  /** A process that starts has a new network namespace. Meanwhile the others' rules keep it apart: addresses do not change. */
  async restore(name: string): Promise<void> {
    const concerned = [...this.#cuts, ...this.#slow].some(({ one, other }) => one.includes(name) || other.includes(name));
    if (concerned) await this.#tell(this.#hosts.get(name)!);
  }

  async #begin<F extends CutGroups>(faults: Set<F>, fault: F): Promise<NetworkFault> {
    const names = [...fault.one, ...fault.other];
    const hosts = names.map((name) => this.#hosts.get(name) ?? unknownMember(name));
    const apply = async (): Promise<void> => {
      await Promise.all(hosts.map((host) => this.#tell(host)));
    };
    const heal = async (): Promise<void> => {
      if (faults.delete(fault)) await apply();
    };
    faults.add(fault);
    await apply().catch(async (error: unknown) => {
      await heal();
      throw error;
    });
    return { heal, [Symbol.asyncDispose]: heal };
  }

  async #tell(host: Host): Promise<void> {
    const { name, address } = host;
    const id = await host.pid();
    if (id === undefined) return;
    const addresses = new Map([...this.#hosts].map(([other, host]) => [other, host.address]));
    const paths = [...this.#slow].map((link) => ({ addresses: cutFrom(name, [link], addresses), quality: link.quality }));
    const losses = paths.flatMap(({ addresses: to, quality: { lossPercent } }) =>
      lossPercent === undefined ? [] : to.map((lossAddress) => ({ address: lossAddress, lossPercent })),
    );
    const rules = firewallRules(cutFrom(name, [...this.#cuts], addresses), losses);
    const shaping = trafficControlScript(
      address,
      paths.filter((path) => path.addresses.length > 0),
    );
    await this.#tools.inNetworkOf(id, `nft --file - <<'RULES'\n${rules}RULES\n${shaping}`);
  }

  async #needNetem(): Promise<void> {
    const asked = this.#tools.inNamespaces(['unshare', '--net', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms']);
    await asked.catch((cause: unknown) => {
      throw new PilviTestingError(
        'kernel-lacks-netem',
        "the engine's kernel has no sch_netem, so links cannot be delayed; bytesPerSecond and lossPercent need none",
        { cause },
      );
    });
  }
}

function unknownMember(name: string): never {
  throw new PilviTestingError('no-such-member', `the cluster has no ${name}`, { details: { member: name } });
}
