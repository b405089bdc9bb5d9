import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { type ControlStore, createMemoryControlStore } from '@pilvi/control-store';
import { createMemoryComputeNode, type MemoryComputeNode, type MemoryNodeOptions, type MemorySession } from '@pilvi/memory-compute-node';
import { createInMemoryCloud } from '@pilvi/object-store';
import { createSupervisor, silentLogger, systemClock, systemRandom } from '@pilvi/runtime';
import { dial, serve } from '@pilvi/transport';
import { type Leadership, SOLE_LEADER } from '../../cluster/leadership.ts';
import type { ComputeBackend } from '../../compute/compute-backend.ts';
import type { ComputeSessions } from '../../compute/compute-backend.ts';
import { createComputeSessions } from '../../compute/compute-sessions.ts';
import { startCompute } from '../../compute/start-compute.ts';
import { createEdge } from '../../edge.ts';
import { attachS3 } from '../../s3/attach-s3.ts';
import { DEFAULT_VPC_CIDR } from '../state/default-network.ts';
import type { Ec2State } from '../state/ec2-state.ts';

const REGION = 'us-east-1';
const ROOT = { accessKeyId: 'PILVITESTROOT0000001', secretAccessKey: 'root-secret-root-secret-root-secret-0001' };

export interface Ec2Cloud extends AsyncDisposable {
  readonly endpoint: string;
  readonly ec2: EC2Client;
  readonly s3: S3Client;
  readonly state: Ec2State;
  readonly sessions: ComputeSessions;
  /** Adds a node that keeps instances in memory; resolves when it may be given some. */
  addNode(options?: TestNodeOptions): Promise<TestNode>;
  /** Lets a node of another gateway have a session with this one too. */
  welcome(node: TestNode): Promise<void>;
}

export interface Ec2CloudOptions {
  readonly storageZones?: readonly string[];
  /** Where several gateways keep the same state. */
  readonly control?: ControlStore;
  readonly leadership?: Leadership;
}

export interface TestNodeOptions extends Partial<Pick<MemoryNodeOptions, 'missing' | 'pace'>> {
  readonly name?: string;
  readonly nodeId?: string;
  readonly zone?: string;
  readonly memoryGib?: number;
  readonly publicCidr?: string;
}

export interface TestNode {
  readonly node: MemoryComputeNode;
  readonly nodeId: string;
  /** Cuts its session to the gateway. */
  disconnect(): void;
  reconnect(): Promise<void>;
}

const GIB = 1024n ** 3n;

/** The whole of EC2's and S3's edge on a port of its own, over an object store in memory and, unless one is given, such a control store. */
export async function startEc2Cloud(options: Ec2CloudOptions = {}): Promise<Ec2Cloud> {
  const { storageZones = ['1', '2', '3'], control = createMemoryControlStore(), leadership = SOLE_LEADER } = options;
  const clock = systemClock;
  const random = systemRandom;
  const log = silentLogger;
  const directory = await mkdtemp(join(tmpdir(), 'ec2-'));
  const supervisor = createSupervisor({ log, clock, random });
  const cloud = createInMemoryCloud();
  const { objects, buckets } = cloud;
  const backend = Promise.withResolvers<ComputeBackend>();
  const address = `unix:${join(directory, 'g.sock')}`;
  const compute = createComputeSessions({
    backend: backend.promise,
    clock,
    random,
    log,
    supervisor,
    region: REGION,
    endpoint: '',
    absence: 'no compute node is connected',
    gateways: [address],
  });
  const started = startCompute(
    {
      control,
      objects,
      buckets,
      clusterId: 'test',
      sessions: compute,
      leadership,
      storageZones: () => storageZones,
      clock,
      random,
      log,
      supervisor,
    },
    { region: REGION, vpcCidr: DEFAULT_VPC_CIDR },
  );
  backend.resolve(started);
  const grpc = await serve({ address, security: { kind: 'unix' }, services: [compute.service] });
  const channel = dial({ address, security: { kind: 'unix' } });
  const config = { region: REGION, domains: [], root: ROOT };
  const edge = createEdge(
    { config, clock, log, random, compute, metrics: { s3: { began: () => {}, ended: () => {} } } },
    { objects, buckets, ec2: started.state },
  );
  const server = createServer(edge);
  attachS3(server, edge);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  const ec2 = new EC2Client(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  while ((await started.state.zones.all()).length === 0) await clock.sleep(2);

  async function addNode(options: TestNodeOptions = {}): Promise<TestNode> {
    const { name = 'compute-1', nodeId = `${name}-id`, zone = '1', memoryGib = 64, publicCidr = '127.201.0.0/24' } = options;
    const node = createMemoryComputeNode({
      ...options,
      clock,
      hello: {
        nodeId,
        name,
        zone,
        protocol: 1,
        clusterId: '',
        architecture: 'x86_64',
        capacity: { cpuMillis: 32_000, memoryBytes: BigInt(memoryGib) * GIB, diskBytes: 1000n * GIB },
        publicCidr,
      },
      images: [{ name: 'pilvi/busybox-x86_64', description: 'busybox', architecture: 'x86_64', ready: true, progress: '' }],
    });
    let session = await connect(node, nodeId);
    return {
      node,
      nodeId,
      disconnect: () => session[Symbol.dispose](),
      async reconnect() {
        session = await connect(node, nodeId);
      },
    };
  }

  async function connect(node: MemoryComputeNode, nodeId: string): Promise<MemorySession> {
    const session = node.connect(channel);
    await Promise.race([session.told, session.ended.then((why) => Promise.reject(new Error(why)))]);
    while (compute.connected(nodeId) === undefined || (await started.state.images.all()).length === 0) await clock.sleep(2);
    return session;
  }

  return {
    endpoint,
    ec2,
    s3,
    state: started.state,
    sessions: compute,
    addNode,
    async welcome({ node, nodeId }) {
      await connect(node, nodeId);
    },
    async [Symbol.asyncDispose]() {
      ec2.destroy();
      s3.destroy();
      compute.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await supervisor.shutdown();
      await channel[Symbol.asyncDispose]();
      await grpc[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
