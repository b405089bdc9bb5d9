import { randomBytes } from 'node:crypto';
import { askGateways } from './ask-gateways.ts';
import type { ClusterImages, ClusterShape } from './cluster-options.ts';
import { createNetwork } from './cluster-network.ts';
import { memberNames, planCluster } from './cluster-plan.ts';
import type { MemberPlan } from './cluster-plan.ts';
import type { ClusterStatus } from './cluster-status.ts';
import { DEFAULT_IMAGES } from './default-images.ts';
import { Disks } from './disks.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { findEtcdLeader } from './etcd-leader.ts';
import { FaultTools } from './fault-tools.ts';
import { freePorts } from './free-ports.ts';
import { makeSecrets } from './make-secrets.ts';
import { Member } from './member.ts';
import { NetworkFaults } from './network-faults.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { Resources } from './resources.ts';
import { serves } from './serves.ts';
import type { Credentials } from './s3-client-config.ts';

/** Everything of a cluster on the engine, wired together. */
export interface ClusterParts {
  /** In the order in which they start. */
  readonly members: readonly Member[];
  readonly network: NetworkFaults;
  readonly disks: Disks | undefined;
  readonly credentials: Credentials;
  readonly gatewayEndpoints: readonly string[];
  readonly loadBalancerEndpoint: string | undefined;
  status(): Promise<ClusterStatus>;
  askForScrub(): Promise<void>;
  /** Every gateway that was not stopped answers that it can serve; and the load balancer, where there is one. */
  gatewaysServe(): Promise<boolean>;
  etcdLeader(): Promise<number | undefined>;
  /** The end of the logs of those that do not run, for a person. */
  lastWords(): Promise<string>;
  removeAll(): Promise<void>;
}

const LAST_LINES = 15;

/** Makes all that a cluster needs; nothing runs yet. When it fails nothing is left. */
export async function buildCluster(shape: ClusterShape, chosen: Partial<ClusterImages>): Promise<ClusterParts> {
  const engine = await openEngine();
  const images = { ...DEFAULT_IMAGES, ...chosen };
  await removeLeftovers(engine, images.faultTools);
  const resources = new Resources(engine, randomBytes(3).toString('hex'));
  try {
    return await build({ engine, resources, shape, images });
  } catch (error) {
    await resources.removeAll();
    throw error;
  }
}

interface BuildInput {
  readonly engine: Engine;
  readonly resources: Resources;
  readonly shape: ClusterShape;
  readonly images: ClusterImages;
}

async function build({ engine, resources, shape, images }: BuildInput): Promise<ClusterParts> {
  const network = await createNetwork(engine, resources);
  const ports = await freePorts(shape.gateways + (shape.loadBalancer ? 1 : 0));
  const secretsVolume = (name: string): string => resources.nameOf(`${name}-secrets`);
  const plans = planCluster({ shape, images, network: network.prefix, ports, secretsVolume });
  for (const image of new Set(plans.map((plan) => plan.image))) await engine.need(image);
  const disks = await makeVolumes({ engine, resources, shape, images }, plans);
  const credentials = await makeSecrets({ engine, resources, image: images.pilvi, names: memberNames(shape) });

  const tools = new FaultTools(engine, images.faultTools, resources);
  const hosts: Member[] = [];
  const common = { engine, tools, network: network.name, labels: resources.labels, hasOwnDisk: shape.disks !== undefined };
  for (const plan of plans) {
    const member = new Member(plan, {
      ...common,
      containerName: resources.nameOf(plan.name),
      dataVolume: plan.dataPath === undefined ? undefined : resources.nameOf(`${plan.name}-data`),
      onNetworkUp: (name) => faults.restore(name),
    });
    hosts.push(member);
    await member.create();
  }
  const faults = new NetworkFaults(tools, hosts);
  return finish({ engine, resources, members: hosts, faults, disks, credentials, ports });
}

async function makeVolumes({ engine, resources, shape, images }: BuildInput, plans: readonly MemberPlan[]): Promise<Disks | undefined> {
  const keeping = plans.filter((plan) => plan.dataPath !== undefined);
  if (shape.disks === undefined) {
    for (const { name } of keeping) await resources.createVolume(`${name}-data`);
    return undefined;
  }
  const disks = new Disks(engine, { image: images.faultTools, resources, sizeBytes: shape.disks.sizeBytes });
  await disks.make(keeping.map(({ name, dataUid }) => ({ name, uid: dataUid })));
  return disks;
}

interface Made {
  readonly engine: Engine;
  readonly resources: Resources;
  readonly members: readonly Member[];
  readonly faults: NetworkFaults;
  readonly disks: Disks | undefined;
  readonly credentials: Credentials;
  readonly ports: readonly number[];
}

function finish({ engine, resources, members, faults, disks, credentials, ports }: Made): ClusterParts {
  const gateways = members.filter((member) => member.plan.kind === 'gateway');
  const endpoint = (port: number): string => `http://${engine.host}:${port}`;
  const loadBalancerPort = ports[gateways.length];
  const loadBalancerEndpoint = loadBalancerPort === undefined ? undefined : endpoint(loadBalancerPort);
  return {
    members,
    network: faults,
    disks,
    credentials,
    gatewayEndpoints: gateways.map((_, i) => endpoint(ports[i]!)),
    loadBalancerEndpoint,
    status: async () => (await askGateways(gateways, 'GET', '/_pilvi/status')) as ClusterStatus,
    async askForScrub() {
      await askGateways(gateways, 'POST', '/_pilvi/scrub');
    },
    async gatewaysServe() {
      const states = await Promise.all(gateways.map((gateway) => gateway.state()));
      const asked = gateways.flatMap((_, i) => (states[i] === 'running' ? [endpoint(ports[i]!)] : []));
      const answers = await Promise.all([...asked, ...(loadBalancerEndpoint === undefined ? [] : [loadBalancerEndpoint])].map(serves));
      return asked.length > 0 && answers.every(Boolean);
    },
    etcdLeader: () => findEtcdLeader(members.filter((member) => member.plan.kind === 'etcd')),
    async lastWords() {
      const words = await Promise.all(
        members.map(async (member) =>
          (await member.state()) === 'running' ? '' : `${member.name}:\n${await member.logs({ tail: LAST_LINES })}`,
        ),
      );
      return words.join('');
    },
    removeAll: () => resources.removeAll(),
  };
}
