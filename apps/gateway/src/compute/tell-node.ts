import { desiredGroup, desiredInstance, INSTANCE_TYPES, isGone } from '@pilvi/compute-model';
import type { InstanceRecord } from '@pilvi/compute-model';
import type { ComputeGatewayMessage } from '@pilvi/contracts/compute/v1/service';
import type { Logger } from '@pilvi/runtime';
import type { ComputePicture } from './compute-picture.ts';

/** What one session has been told. */
export interface Told {
  /** Generation by instance. */
  readonly instances: Map<string, number>;
  /** Generation by instance, of those that cannot be put into words. */
  readonly unspeakable: Map<string, number>;
  /** The rules and members of each group, as text. */
  readonly groups: Map<string, string>;
}

interface Settings {
  readonly nodeId: string;
  readonly region: string;
  /** Where our own API is reached from inside instances. */
  readonly endpoint: string;
  /** Told once of each generation of a record that cannot be put into words: a fault of ours, which the other instances do not pay for. */
  readonly log: Pick<Logger, 'error'>;
}

/** Nothing has been told yet. */
export function nothingTold(): Told {
  return { instances: new Map(), unspeakable: new Map(), groups: new Map() };
}

/**
 * What a node has not been told yet, groups before the instances whose interfaces need them. It is told of its own instances, and of their groups with
 * those that their rules name; nothing else.
 */
export function whatToTell(picture: ComputePicture, told: Told, settings: Settings): ComputeGatewayMessage[] {
  const own = [...picture.instances.values()].map((stored) => stored.record).filter((record) => record.nodeId === settings.nodeId);
  const messages = groupsToTell(picture, told, own);
  for (const record of own) {
    if ((told.instances.get(record.instanceId) ?? 0) >= record.generation) continue;
    const message = inWords(picture, told, settings, record);
    if (message === undefined) continue;
    told.instances.set(record.instanceId, record.generation);
    messages.push(message);
  }
  return messages;
}

/** Undefined for a type that this version does not know, and for a record with a value that the contract cannot carry: it may be told when it changes. */
function inWords(picture: ComputePicture, told: Told, settings: Settings, record: InstanceRecord): ComputeGatewayMessage | undefined {
  const { region, endpoint, log } = settings;
  const { instanceId, generation } = record;
  const type = INSTANCE_TYPES.get(record.instanceType);
  if (type === undefined) return undefined;
  try {
    const value = desiredInstance(record, { region, type, subnets: picture.subnets, vpcs: picture.vpcs, endpoint });
    return { body: { $case: 'instance', value } };
  } catch (error) {
    if (told.unspeakable.get(instanceId) !== generation)
      log.error({ err: error, instance: instanceId, generation }, 'an instance cannot be told of');
    told.unspeakable.set(instanceId, generation);
    return undefined;
  }
}

function groupsToTell(picture: ComputePicture, told: Told, own: readonly InstanceRecord[]): ComputeGatewayMessage[] {
  const messages: ComputeGatewayMessage[] = [];
  const needed = groupsOf(picture, own);
  for (const groupId of needed) {
    const group = picture.groups.get(groupId)?.record;
    if (group === undefined) continue;
    const members = membersOf(picture, groupId);
    const text = JSON.stringify([group.rules, members]);
    if (told.groups.get(groupId) === text) continue;
    told.groups.set(groupId, text);
    messages.push({ body: { $case: 'securityGroup', value: desiredGroup(group, members, picture.revision) } });
  }
  for (const groupId of told.groups.keys()) {
    if (needed.has(groupId)) continue;
    told.groups.delete(groupId);
    const value = { groupId, revision: BigInt(picture.revision), memberAddresses: [], rules: [], gone: true, groupName: '' };
    messages.push({ body: { $case: 'securityGroup', value } });
  }
  return messages;
}

/** Those of the instances' interfaces, and those that their rules refer to. */
function groupsOf(picture: ComputePicture, own: readonly InstanceRecord[]): ReadonlySet<string> {
  const direct = own.filter((record) => !isGone(record)).flatMap((record) => record.interfaces.flatMap((each) => each.groupIds));
  const referred = direct.flatMap((groupId) =>
    (picture.groups.get(groupId)?.record.rules ?? []).flatMap(({ peer }) => (peer.kind === 'group' ? [peer.groupId] : [])),
  );
  return new Set([...direct, ...referred]);
}

function membersOf(picture: ComputePicture, groupId: string): string[] {
  const members: string[] = [];
  for (const { record } of picture.instances.values()) {
    if (isGone(record)) continue;
    for (const each of record.interfaces) if (each.groupIds.includes(groupId)) members.push(each.privateAddress);
  }
  return members.sort();
}
