import type * as proto from '@pilvi/contracts/cluster/v1/map';
import { MemberState } from '@pilvi/contracts/cluster/v1/map';
import { epoch, incarnation, nodeName, partitionId, proposalId, zone } from './ids.ts';
import type { Incarnation } from './ids.ts';
import type { ClusterMap, ClusterSettings, Member, PartitionConfig } from './map.ts';

export function configToProto(config: PartitionConfig): proto.PartitionConfig {
  return {
    partition: config.partition,
    epoch: BigInt(config.epoch),
    proposal: config.proposal,
    replicas: [...config.replicas],
    primary: config.primary,
    inSync: [...config.inSync],
    learners: [...config.learners],
  };
}

export function configFromProto(config: proto.PartitionConfig): PartitionConfig {
  return {
    partition: partitionId(config.partition),
    epoch: epoch(Number(config.epoch)),
    proposal: proposalId(config.proposal),
    replicas: config.replicas.map(incarnation),
    primary: incarnation(config.primary),
    inSync: config.inSync.map(incarnation),
    learners: config.learners.map(incarnation),
  };
}

const STATES = { active: MemberState.ACTIVE, draining: MemberState.DRAINING, retired: MemberState.RETIRED } as const;

export function memberToProto(member: Member): proto.Member {
  return {
    incarnation: member.incarnation,
    name: member.name,
    zone: member.zone,
    weight: member.weight,
    address: member.address,
    state: STATES[member.state],
    joinedMs: BigInt(member.joinedMs),
    lastSeenMs: BigInt(member.lastSeenMs),
  };
}

export function memberFromProto(member: proto.Member): Member {
  return {
    incarnation: incarnation(member.incarnation),
    name: nodeName(member.name),
    zone: zone(member.zone),
    weight: member.weight,
    address: member.address,
    state: member.state === MemberState.RETIRED ? 'retired' : member.state === MemberState.DRAINING ? 'draining' : 'active',
    joinedMs: Number(member.joinedMs),
    lastSeenMs: Number(member.lastSeenMs),
  };
}

export function settingsToProto(settings: ClusterSettings): proto.ClusterSettings {
  const { coming, ...others } = settings;
  return { ...others, coming: coming && { ...coming } };
}

export function settingsFromProto(settings: proto.ClusterSettings): ClusterSettings {
  return {
    clusterId: settings.clusterId,
    copies: settings.copies,
    minInSync: settings.minInSync,
    minZones: settings.minZones,
    partitions: settings.partitions,
    ...(settings.coming === undefined ? {} : { coming: { minInSync: settings.coming.minInSync, minZones: settings.coming.minZones } }),
  };
}

/** A newer picture: per partition the highest epoch wins, whichever gateway told it; members are replaced by a complete list. */
export function mergeMapUpdate(map: ClusterMap | undefined, update: proto.MapUpdate): ClusterMap {
  const isNewer = Number(update.revision) >= (map?.revision ?? 0);
  const settings = update.settings === undefined || (map !== undefined && !isNewer) ? map?.settings : settingsFromProto(update.settings);
  if (settings === undefined) throw new Error('the first map update carries no settings');
  const members = new Map<Incarnation, Member>(map?.members ?? []);
  const revision = Math.max(map?.revision ?? 0, Number(update.revision));
  if (!update.complete || isNewer) {
    if (update.complete) members.clear();
    for (const m of update.members) members.set(incarnation(m.incarnation), memberFromProto(m));
  }
  const partitions = [...(map?.partitions ?? [])];
  for (const p of update.partitions) {
    const config = configFromProto(p);
    if (config.epoch > (partitions[config.partition]?.epoch ?? 0)) partitions[config.partition] = config;
  }
  return { revision, settings, members, partitions };
}
