import { QueryError } from '@pilvi/aws-query';
import {
  type ImageRecord,
  type InstanceRecord,
  type KeyPairRecord,
  macOf,
  newId,
  place,
  type Placement,
  roomOf,
  type SecurityGroupRecord,
  type SubnetRecord,
} from '@pilvi/compute-model';
import { type AddressBook, createAddressBook } from './address-book.ts';
import { roomOfNodes } from './compute-room.ts';
import type { Ec2Call } from './ec2-action.ts';
import { findImage, findKeyPair, wantedGroups, wantedSubnet, wantedZone } from './launch-needs.ts';
import type { LaunchRequest } from './launch-request.ts';
import { nameClaim } from './state/claims.ts';
import type { Step, Stored } from './state/collection.ts';

export interface Launch {
  readonly reservationId: string;
  readonly records: readonly InstanceRecord[];
  readonly steps: readonly Step[];
}

/**
 * Decides where the instances of a request run and what they are, and says how to commit all of it at once. Nodes and groups are among the conditions: so two
 * launches never give the same room away, and a group is not deleted under a launch.
 */
export async function planLaunch(call: Ec2Call, request: LaunchRequest, clientToken: string | undefined): Promise<Launch> {
  const { state } = call;
  const nodes = await state.nodes.all();
  const instances = (await state.instances.all()).map((stored) => stored.record);
  const zones = (await state.zones.all()).map((stored) => stored.record);
  const image = await findImage(call, request.imageId);
  const key = await findKeyPair(call, request.keyName);
  const subnets = (await state.subnets.all()).map((stored) => stored.record);
  const subnet = wantedSubnet(request, subnets);
  const zoneName = wantedZone(request, zones, subnet);
  const groups = await wantedGroups(call, request);
  const rooms = roomOfNodes(call, { nodes: nodes.map((stored) => stored.record), zones, instances });
  const wish = { need: roomOf(request.type, request.diskGib), architecture: image.record.architecture, zoneName, count: request.maxCount };
  const placements = place(rooms, wish);
  if (placements.length < request.minCount)
    throw new QueryError(
      'InsufficientInstanceCapacity',
      `There is not enough capacity${zoneName === undefined ? '' : ` in ${zoneName}`} for ${request.minCount} instances of type ${request.type.name} (there is for ${placements.length}).`,
    );
  const addresses = createAddressBook(instances);
  const reservationId = newId('r', call.random);
  const maker = { call, request, clientToken, reservationId, image: image.record, key, groups, addresses };
  const records = placements.map((placement, launchIndex) => {
    const zone = zones.find((each) => each.zoneName === placement.zoneName)!;
    const own = subnet ?? subnets.find((each) => each.zoneName === placement.zoneName)!;
    const publicCidr = nodes.find(({ record }) => record.nodeId === placement.nodeId)?.record.publicCidr ?? '';
    return newInstance(maker, { placement, zoneId: zone.zoneId, subnet: own, publicCidr, launchIndex });
  });
  const touched = nodes.filter(({ record }) => placements.some(({ nodeId }) => nodeId === record.nodeId));
  const steps = [
    { compares: [{ key: image.key, modRevision: image.modRevision }], changes: [] },
    ...touched.map((node) => state.nodes.replace(node, node.record)),
    ...groups.map((group) => state.securityGroups.replace(group, group.record)),
    ...records.flatMap((record) => [state.instances.create(record.instanceId, record), ...addressClaims(call, record)]),
  ];
  return { reservationId, records, steps };
}

interface Maker {
  readonly call: Ec2Call;
  readonly request: LaunchRequest;
  readonly clientToken: string | undefined;
  readonly reservationId: string;
  readonly image: ImageRecord;
  readonly key: KeyPairRecord | undefined;
  readonly groups: readonly Stored<SecurityGroupRecord>[];
  readonly addresses: AddressBook;
}

interface Seat {
  readonly placement: Placement;
  readonly zoneId: string;
  readonly subnet: SubnetRecord;
  readonly publicCidr: string;
  readonly launchIndex: number;
}

function newInstance(maker: Maker, { placement, zoneId, subnet, publicCidr, launchIndex }: Seat): InstanceRecord {
  const { call, request, image, key, groups, addresses } = maker;
  const { random, clock, principal } = call;
  const nowMs = clock.wallMs();
  const privateAddress = addresses.takePrivate(subnet.cidr, request.privateAddress);
  return {
    instanceId: newId('i', random),
    reservationId: maker.reservationId,
    accountId: principal.accountId,
    launchIndex,
    clientToken: maker.clientToken,
    nodeId: placement.nodeId,
    zoneName: placement.zoneName,
    zoneId,
    instanceType: request.type.name,
    image: { imageId: image.imageId, source: image.source, architecture: image.architecture },
    keyName: key?.keyName,
    publicKey: key?.publicKey,
    userData: request.userData,
    rootVolume: { volumeId: newId('vol', random), sizeGib: request.diskGib, deleteOnTermination: true, tags: request.volumeTags },
    interfaces: [
      {
        interfaceId: newId('eni', random),
        attachmentId: newId('eni-attach', random),
        subnetId: subnet.subnetId,
        vpcId: subnet.vpcId,
        macAddress: macOf(privateAddress),
        privateAddress,
        publicAddress: request.wantsPublicAddress ? addresses.takePublic(publicCidr) : undefined,
        groupIds: groups.map((group) => group.record.groupId),
        sourceDestCheck: true,
        tags: request.interfaceTags,
      },
    ],
    metadata: request.metadata,
    shutdownBehavior: request.shutdownBehavior,
    disableApiTermination: request.disableApiTermination,
    disableApiStop: request.disableApiStop,
    tags: request.tags,
    power: 'running',
    force: false,
    generation: 1,
    starts: 1,
    reboots: 0,
    launchMs: nowMs,
    createdMs: nowMs,
    observed: undefined,
    reason: undefined,
    terminatedMs: undefined,
  };
}

function addressClaims({ state }: Ec2Call, { interfaces }: InstanceRecord): Step[] {
  return interfaces.flatMap(({ privateAddress, publicAddress, interfaceId }) => [
    nameClaim(state, 'private-address', privateAddress, interfaceId),
    ...(publicAddress === undefined ? [] : [nameClaim(state, 'public-address', publicAddress, interfaceId)]),
  ]);
}
