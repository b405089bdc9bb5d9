import { desiredGroup, desiredInstance, INSTANCE_TYPES, isGone } from '@pilvi/compute-model';
import type { InstanceRecord } from '@pilvi/compute-model';
import type { ComputeGatewayMessage } from '@pilvi/contracts/compute/v1/service';
import type { ComputePicture } from './compute-picture.ts';

/** What one session has been told. */
export interface Told {
  /** Generation by instance. */
  readonly instances: Map<string, number>;
  /** The rules and members of each group, as text. */
  readonly groups: Map<string, string>;
}

interface Settings {
  readonly nodeId: string;
  readonly region: string;
  /** Where our own API is reached from inside instances. */
  readonly endpoint: string;
}

/**
 * What a node has not been told yet, groups before the instances whose interfaces need them. It is told of its own instances, and of their groups with
 * those that their rules name; nothing else.
 */
export function whatToTell(picture: ComputePicture, told: Told, { nodeId, region, endpoint }: Settings): ComputeGatewayMessage[] {
  const own = [...picture.instances.values()].map((stored) => stored.record).filter((record) => record.nodeId === nodeId);
  const messages = groupsToTell(picture, told, own);
  for (const record of own) {
    const type = INSTANCE_TYPES.get(record.instanceType);
    if (type === undefined || (told.instances.get(record.instanceId) ?? 0) >= record.generation) continue;
    told.instances.set(record.instanceId, record.generation);
    const value = desiredInstance(record, { region, type, subnets: picture.subnets, vpcs: picture.vpcs, endpoint });
    messages.push({ body: { $case: 'instance', value } });
  }
  return messages;
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
