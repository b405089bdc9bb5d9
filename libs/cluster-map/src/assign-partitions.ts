import { crc32 } from 'node:zlib';
import type { Incarnation } from './ids.ts';
import type { ClusterSettings, Member, PartitionConfig } from './map.ts';

export interface WantedAssignment {
  readonly replicas: readonly Incarnation[];
  readonly primary: Incarnation;
}

interface Load {
  readonly member: Member;
  /** Replicas this member should have at most, by weight. */
  readonly share: number;
  replicas: number;
  primaries: number;
}

/**
 * Who should hold each partition (P1): distinct zones first, shares by weight, as few moves as possible; rendezvous order
 * breaks ties, so that the same members give the same answer. With fewer zones than copies the extra copy goes to another
 * node of a live zone (P2). Greedy, O(partitions × members).
 */
export function assignPartitions(input: {
  readonly settings: ClusterSettings;
  /** Members that may hold data. */
  readonly members: readonly Member[];
  readonly current: readonly (PartitionConfig | undefined)[];
}): WantedAssignment[] {
  const { settings, members, current } = input;
  const copies = Math.min(settings.copies, members.length);
  const loads = shares(members, { copies, partitions: settings.partitions });
  const kept = Array.from({ length: settings.partitions }, (_, p) => keep(current[p], loads, copies));
  const replicas = kept.map((set, p) => fill(p, set, loads, copies));
  // Each pass moves at most one copy of a partition, so that what must move is spread over all of them.
  for (let pass = 0; pass < copies; pass++) replicas.forEach((set, p) => unload(p, set, loads));
  return replicas.map((set, p) => ({ replicas: set, primary: choosePrimary(p, set, current[p], loads, settings.partitions) }));
}

/**
 * How many copies each member should hold: by weight, but no zone more than one of each partition (where there are zones
 * enough), and no member either. What a zone cannot take, others do.
 */
function shares(members: readonly Member[], { copies, partitions }: { copies: number; partitions: number }): Map<Incarnation, Load> {
  const zones = new Map<string, Member[]>();
  for (const member of members) zones.set(member.zone, [...(zones.get(member.zone) ?? []), member]);
  const copiesPerZone = 1 + Math.max(0, copies - zones.size);
  const byZone = divide(
    [...zones].map(([zone, inZone]) => ({
      of: zone,
      weight: inZone.reduce((sum, m) => sum + m.weight, 0),
      capacity: partitions * Math.min(copiesPerZone, inZone.length),
    })),
    partitions * copies,
  );
  const loads = new Map<Incarnation, Load>();
  for (const [zone, inZone] of zones) {
    const parts = inZone.map((member) => ({ of: member, weight: member.weight, capacity: partitions }));
    for (const [member, share] of divide(parts, byZone.get(zone) ?? 0))
      loads.set(member.incarnation, { member, share: Math.ceil(share), replicas: 0, primaries: 0 });
  }
  return loads;
}

/** Divides a whole by weight; what goes above someone's capacity is divided among the others. */
function divide<T>(parts: readonly { of: T; weight: number; capacity: number }[], whole: number): Map<T, number> {
  const shares = new Map<T, number>();
  let open = [...parts];
  let left = whole;
  while (open.length > 0) {
    const weight = open.reduce((sum, part) => sum + part.weight, 0);
    const shareOf = (part: { weight: number }): number => (weight === 0 ? 0 : (left * part.weight) / weight);
    const full = open.filter((part) => shareOf(part) >= part.capacity);
    for (const part of full.length > 0 ? full : open) shares.set(part.of, full.length > 0 ? part.capacity : shareOf(part));
    left -= full.reduce((sum, part) => sum + part.capacity, 0);
    open = full.length > 0 ? open.filter((part) => !full.includes(part)) : [];
  }
  return shares;
}

/** Replicas that stay: members still there, in zones of their own. */
function keep(config: PartitionConfig | undefined, loads: Map<Incarnation, Load>, copies: number): Incarnation[] {
  if (config === undefined) return [];
  const zones = new Set<string>();
  const stay: Incarnation[] = [];
  const twins: Incarnation[] = [];
  const zonesTotal = new Set([...loads.values()].map((l) => l.member.zone)).size;
  for (const node of config.replicas) {
    const load = loads.get(node);
    if (load === undefined || stay.length >= copies) continue;
    if (zones.has(load.member.zone)) {
      twins.push(node);
      continue;
    }
    zones.add(load.member.zone);
    load.replicas++;
    stay.push(node);
  }
  for (const node of twins) {
    if (zones.size < Math.min(zonesTotal, copies) || stay.length >= copies) break;
    const load = loads.get(node);
    if (load === undefined) continue;
    load.replicas++;
    stay.push(node);
  }
  return stay;
}

function fill(partition: number, set: Incarnation[], loads: Map<Incarnation, Load>, copies: number): Incarnation[] {
  const chosen = [...set];
  while (chosen.length < copies) {
    const zones = new Set(chosen.map((node) => loads.get(node)?.member.zone));
    const best = [...loads.values()]
      .filter((l) => !chosen.includes(l.member.incarnation))
      .sort(
        (a, b) =>
          Number(zones.has(a.member.zone)) - Number(zones.has(b.member.zone)) ||
          fullness(a) - fullness(b) ||
          rendezvous(partition, b.member.incarnation) - rendezvous(partition, a.member.incarnation),
      )[0];
    if (best === undefined) break;
    best.replicas++;
    chosen.push(best.member.incarnation);
  }
  return chosen;
}

/** Moves one copy from a member above its share to one below, where that loses no zone. */
function unload(partition: number, set: Incarnation[], loads: Map<Incarnation, Load>): void {
  const crowded = set
    .map((node) => loads.get(node))
    .filter((l) => l !== undefined)
    .filter((l) => l.replicas > l.share)
    .sort((a, b) => fullness(b) - fullness(a));
  for (const from of crowded) {
    const to = roomFor(partition, set, from, loads);
    if (to === undefined) continue;
    set[set.indexOf(from.member.incarnation)] = to.member.incarnation;
    from.replicas--;
    to.replicas++;
    return;
  }
}

/** The emptiest member below its share that may take the place of `from`. */
function roomFor(partition: number, set: readonly Incarnation[], from: Load, loads: Map<Incarnation, Load>): Load | undefined {
  const others = new Set(set.filter((node) => node !== from.member.incarnation).map((node) => loads.get(node)?.member.zone));
  return [...loads.values()]
    .filter(
      (l) => l.replicas < l.share && !set.includes(l.member.incarnation) && (!others.has(l.member.zone) || others.has(from.member.zone)),
    )
    .sort(
      (a, b) => fullness(a) - fullness(b) || rendezvous(partition, b.member.incarnation) - rendezvous(partition, a.member.incarnation),
    )[0];
}

function fullness(load: Load): number {
  return load.share === 0 ? Infinity : load.replicas / load.share;
}

/** The present primary while it has no more than its share of primaries, else the replica that leads least. */
function choosePrimary(
  partition: number,
  set: readonly Incarnation[],
  config: PartitionConfig | undefined,
  loads: Map<Incarnation, Load>,
  partitions: number,
): Incarnation {
  const fair = Math.ceil(partitions / loads.size);
  const candidates = set.map((node) => loads.get(node)).filter((l) => l !== undefined);
  const present = candidates.find((l) => l.member.incarnation === config?.primary);
  // A fair share and a little: leadership is not moved for the last partition.
  const slack = config === undefined ? 0 : Math.ceil(fair / 8);
  const chosen =
    present !== undefined && present.primaries < fair + slack
      ? present
      : candidates.reduce((best, l) =>
          l.primaries < best.primaries ||
          (l.primaries === best.primaries && rendezvous(partition, l.member.incarnation) > rendezvous(partition, best.member.incarnation))
            ? l
            : best,
        );
  chosen.primaries++;
  return chosen.member.incarnation;
}

/** Highest random weight (Thaler and Ravishankar, 1996). */
function rendezvous(partition: number, node: Incarnation): number {
  return crc32(`${String(partition)}:${node}`);
}
