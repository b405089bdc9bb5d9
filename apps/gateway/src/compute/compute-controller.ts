import { type ImageRecord, type InstanceRecord, newId, observe } from '@pilvi/compute-model';
import { ControlStoreError } from '@pilvi/control-store';
import { QueryError } from '@pilvi/aws-query';
import { InstanceState, type ObservedInstance } from '@pilvi/contracts/compute/v1/instance';
import type { OfferedImage } from '@pilvi/contracts/compute/v1/service';
import type { Clock, Logger, Random } from '@pilvi/runtime';
import type { Leadership } from '../cluster/leadership.ts';
import { claimOwner, nameClaim, releaseClaim } from '../ec2/state/claims.ts';
import type { Step, Stored } from '../ec2/state/collection.ts';
import { ensureDefaultNetwork } from '../ec2/state/default-network.ts';
import type { Ec2State } from '../ec2/state/ec2-state.ts';
import type { ComputePictureKeeper } from './compute-picture.ts';
import type { ComputeSessions } from './compute-backend.ts';

/** A terminated instance is shown for so long. */
const TERMINATED_SHOWN_MS = 3_600_000;
const LOOK_EVERY_MS = 1_000;

interface Components {
  readonly state: Ec2State;
  readonly sessions: ComputeSessions;
  readonly pictures: ComputePictureKeeper;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Failure domains of the cluster's storage nodes. */
  readonly storageZones: () => readonly string[];
  readonly region: string;
  readonly vpcCidr: string;
}

/**
 * Keeps what the control store says of compute in step with what nodes say, in the one gateway that leads: their words about instances, the images
 * that they offer, zones that appear, instances that have been gone for an hour.
 */
export async function runComputeController(components: Components, signal: AbortSignal): Promise<void> {
  const { clock, sessions, pictures, leadership, log } = components;
  let wake: () => void = () => undefined;
  const unsubscribe = [sessions.subscribe(() => wake()), pictures.subscribe(() => wake())];
  try {
    while (!signal.aborted) {
      const { promise: woken, resolve } = Promise.withResolvers<undefined>();
      wake = () => resolve(undefined);
      if (leadership.term() !== undefined) {
        await lookOnce(components).catch((error: unknown) => {
          if (!(error instanceof ControlStoreError) && !(error instanceof QueryError)) throw error;
          log.debug({ err: error }, 'compute state cannot be kept now');
        });
      }
      const timeUp = clock.after(LOOK_EVERY_MS, wake);
      signal.addEventListener('abort', wake, { once: true });
      await woken;
      signal.removeEventListener('abort', wake);
      timeUp.cancel();
    }
  } finally {
    for (const end of unsubscribe) end();
  }
}

async function lookOnce(components: Components): Promise<void> {
  const { state, sessions, pictures, random, region, vpcCidr, storageZones } = components;
  const picture = pictures.current();
  if (picture === undefined) return;
  const zones = [...storageZones(), ...sessions.nodes.map((node) => node.hello.zone)];
  const isKnown = new Set((await state.zones.all()).map((stored) => stored.record.failureDomain));
  if (isKnown.size < 2 || zones.some((zone) => !isKnown.has(zone))) await ensureDefaultNetwork(state, random, { region, vpcCidr }, zones);
  for (const { nodeId, heartbeat } of sessions.nodes) {
    for (const image of heartbeat.images) await keepOfferedImage(components, image);
    for (const word of heartbeat.instances) await keepWord(components, picture.instances.get(word.instanceId), nodeId, word);
  }
  await giveUpLostInstances(components, picture.instances);
  await forgetTerminated(components, picture.instances);
}

/** What a node says of an instance, if it is news. Words about what runs elsewhere, or nowhere, are not followed. */
async function keepWord(
  components: Components,
  known: Stored<InstanceRecord> | undefined,
  nodeId: string,
  word: ObservedInstance,
): Promise<void> {
  const { state, sessions, clock } = components;
  if (known === undefined) {
    // The picture may be behind; the store is not, and ids are never used again.
    const isNone = word.state === InstanceState.TERMINATED && (await state.instances.get(word.instanceId)) === undefined;
    if (isNone) sessions.forget(nodeId, word.instanceId);
    return;
  }
  if (known.record.nodeId !== nodeId || observe(known.record, word, clock.wallMs()) === undefined) return;
  await replaceInstance(components, word.instanceId, (record) => observe(record, word, clock.wallMs()));
}

/** Another node took the name of the one that ran them: nothing of it comes back. */
async function giveUpLostInstances(components: Components, instances: ReadonlyMap<string, Stored<InstanceRecord>>): Promise<void> {
  const { state, clock, log } = components;
  const replaced = new Set((await state.nodes.all()).filter(({ record }) => record.replaced).map(({ record }) => record.nodeId));
  if (replaced.size === 0) return;
  for (const { record } of instances.values()) {
    if (!replaced.has(record.nodeId) || record.observed?.state === 'terminated') continue;
    log.warn({ instance: record.instanceId, node: record.nodeId }, 'the compute node of this instance is gone for good');
    await replaceInstance(components, record.instanceId, (current) => {
      const atMs = clock.wallMs();
      const observed = {
        state: 'terminated',
        generation: current.generation,
        starts: current.starts,
        reboots: current.reboots,
        impaired: '',
      } as const;
      const reason = { code: 'Server.InternalError', message: 'Server.InternalError: the compute node that ran it was lost', atMs };
      return { ...current, power: 'terminated', observed, reason, terminatedMs: atMs };
    });
  }
}

/** Changes one instance; what it no longer needs is given back with the change that ends it. */
async function replaceInstance(
  { state, leadership }: Components,
  instanceId: string,
  change: (record: InstanceRecord) => InstanceRecord | undefined,
): Promise<void> {
  await state.change(async () => {
    const term = leadership.term();
    const stored = await state.instances.get(instanceId);
    const next = stored === undefined || term === undefined ? undefined : change(stored.record);
    if (stored === undefined || term === undefined || next === undefined) return { steps: [], result: undefined };
    const steps: Step[] = [{ compares: term.compares, changes: [] }, state.instances.replace(stored, next)];
    if (next.observed?.state === 'terminated') steps.push(...(await addressesGivenBack(state, next)));
    return { steps, result: undefined };
  });
}

async function addressesGivenBack(state: Ec2State, record: InstanceRecord): Promise<Step[]> {
  const steps: Step[] = [];
  for (const { privateAddress, publicAddress, interfaceId } of record.interfaces) {
    steps.push(...(await releaseClaim(state, 'private-address', privateAddress, interfaceId)));
    if (publicAddress !== undefined) steps.push(...(await releaseClaim(state, 'public-address', publicAddress, interfaceId)));
  }
  return steps;
}

/** An image that nodes make by themselves becomes an AMI when it is first offered, and stays one. */
async function keepOfferedImage({ state, random, clock, log }: Components, offered: OfferedImage): Promise<void> {
  const name = `amazon/${offered.name}`;
  if ((await claimOwner(state, 'image', name)) !== undefined) return;
  const { architecture, description } = offered;
  if (architecture !== 'x86_64' && architecture !== 'arm64') return;
  const imageId = newId('ami', random);
  await state.change(async () => {
    if ((await claimOwner(state, 'image', name)) !== undefined) return { steps: [], result: undefined };
    const source = { kind: 'offered', name: offered.name } as const;
    const record: ImageRecord = { imageId, name: offered.name, description, architecture, source, createdMs: clock.wallMs(), tags: {} };
    return { steps: [state.images.create(imageId, record), nameClaim(state, 'image', name, imageId)], result: undefined };
  });
  log.info({ image: imageId, name: offered.name }, 'a compute node offers a new image');
}

/** With the last instance of a reservation goes what was answered to its client token. */
async function forgetTerminated({ state, clock, log }: Components, instances: ReadonlyMap<string, Stored<InstanceRecord>>): Promise<void> {
  for (const stored of instances.values()) {
    const { terminatedMs, instanceId, reservationId } = stored.record;
    if (terminatedMs === undefined || clock.wallMs() - terminatedMs < TERMINATED_SHOWN_MS) continue;
    const isLast = [...instances.values()].every(
      ({ record }) => record.reservationId !== reservationId || record.instanceId === instanceId,
    );
    await state.change(async () => {
      const current = await state.instances.get(instanceId);
      if (current === undefined) return { steps: [], result: undefined };
      const tokens = isLast ? (await state.clientTokens.all()).filter(({ record }) => record.resourceId === reservationId) : [];
      return { steps: [state.instances.remove(current), ...tokens.map((token) => state.clientTokens.remove(token))], result: undefined };
    });
    log.info({ instance: instanceId }, 'a terminated instance is no longer shown');
  }
}
