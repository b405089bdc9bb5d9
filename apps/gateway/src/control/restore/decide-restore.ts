import { nodeName, zone } from '@pilvi/cluster-map';
import type { ClusterSettings, Incarnation, Member, PartitionConfig } from '@pilvi/cluster-map';
import type { BackupEntry, ControlBackup } from '@pilvi/control-store';
import type { Random } from '@pilvi/runtime';
import { MEMBER_PREFIX, memberKey, PARTITION_PREFIX, partitionKey, REVISION_BASE_KEY, SETTINGS_KEY } from '../../cluster/keys.ts';
import {
  decodeBase,
  decodeConfig,
  decodeMember,
  decodeSettings,
  encodeConfig,
  encodeMember,
  encodeSettings,
} from '../../cluster/stored-form.ts';
import { TOKEN_PREFIX } from '../../enrolment/join-tokens.ts';
import { namedIn, newestConfigs, raiseEpochs, uncertainPartitions } from './choose-configs.ts';
import type { NodeWord } from './node-word.ts';
import { restoreBuckets } from './restore-buckets.ts';
import type { UnknownBucket } from './restored-record.ts';

/** How far a restore raises revisions: further than any control store of before can have come. */
const REVISION_MARGIN = 2 ** 32;
/** What belongs to one store and not to its data: where it was moved, that it was restored. */
const OF_THE_STORE = '/control-store/';

export interface RestoreInput {
  readonly backup: ControlBackup;
  /** Of all nodes that answer, from one round of questions. */
  readonly words: readonly NodeWord[];
  readonly without: readonly string[];
  readonly acceptLoss: boolean;
  /** The control data is kept by the gateway, and mirrored by the nodes (E1). */
  readonly isEmbedded: boolean;
}

export type RestoreDecision =
  | { readonly kind: 'wait'; readonly reason: string }
  /** Nothing is changed. */
  | { readonly kind: 'refuse'; readonly reason: string }
  | {
      readonly kind: 'ready';
      readonly entries: readonly BackupEntry[];
      /** Above every revision of the map that anyone was told (E2). */
      readonly revision: number;
      /** What a person should know. */
      readonly findings: readonly string[];
      readonly unknownBuckets: readonly UnknownBucket[];
    };

/** Decides what the control data is after a restore, of a backup and of what the nodes say, who went on since. Pure. */
export function decideRestore(input: RestoreInput, random: Pick<Random, 'hex'>): RestoreDecision {
  const { backup, words, without, acceptLoss } = input;
  const foreign = words.find((word) => word.clusterId !== '' && word.clusterId !== backup.clusterId);
  if (foreign !== undefined)
    return { kind: 'refuse', reason: `the backup is of cluster ${backup.clusterId}, but ${foreign.name} belongs to ${foreign.clusterId}` };
  const holder = input.isEmbedded ? words.find((word) => word.mirroredClusterId !== '') : undefined;
  if (holder !== undefined)
    return {
      kind: 'refuse',
      reason: `${holder.name} holds a copy of the control data: it is not lost, and a start without a restore takes it from there`,
    };
  const stored = readBackup(backup);
  const busy = words.find((word) => word.gatewaySessions > 0);
  if (busy !== undefined) return { kind: 'wait', reason: `${busy.name} still has a session with a gateway: stop all other gateways` };
  const configs = newestConfigs(stored.configs, words);
  const { missing, silent } = whoIsMissing(stored.members, configs.values(), input);
  if (missing.length > 0)
    return {
      kind: 'wait',
      reason: `${missing.join(', ')} must say what it holds; if it is lost for ever, restore again with --without ${missing[0] ?? ''}`,
    };
  const settings = highestSettings(stored.settings, words);
  const uncertain = uncertainPartitions(configs.values(), silent, settings.minInSync);
  if (uncertain.length > 0 && !acceptLoss)
    return {
      kind: 'refuse',
      reason: `of ${String(uncertain.length)} partitions acknowledged writes may be on the missing nodes alone; bring one back, or restore with --accept-loss`,
    };
  const raised = raiseEpochs(configs.values(), words, random);
  const buckets = restoreBuckets(stored.others, words);
  const entries = [
    { key: SETTINGS_KEY, value: encodeSettings(settings) },
    ...restoreMembers(stored.members, configs.values(), silent, without).map((m) => ({
      key: memberKey(m.incarnation),
      value: encodeMember(m),
    })),
    ...raised.map((config) => ({ key: partitionKey(config.partition), value: encodeConfig(config) })),
    ...buckets.entries,
  ];
  const seen = Math.max(backup.revision + stored.base, ...words.map((word) => word.highestSeenRevision));
  const newer = raised.filter(
    (config) => (epochsOf(stored.configs).get(config.partition) ?? 0) < (configs.get(config.partition)?.epoch ?? 0),
  );
  const findings = [
    `${String(newer.length)} of ${String(raised.length)} partitions were configured anew since the backup; the storage nodes' word was taken`,
    ...(uncertain.length === 0 ? [] : [`writes to ${String(uncertain.length)} partitions may be lost with ${without.join(', ')}`]),
    ...(stored.tokens === 0 ? [] : [`${String(stored.tokens)} join tokens of the backup were dropped`]),
    ...buckets.findings,
  ];
  return { kind: 'ready', entries, revision: seen + REVISION_MARGIN, findings, unknownBuckets: buckets.unknown };
}

interface StoredParts {
  readonly settings: ClusterSettings;
  readonly members: readonly Member[];
  readonly configs: readonly PartitionConfig[];
  readonly base: number;
  readonly tokens: number;
  readonly others: readonly BackupEntry[];
}

function readBackup({ entries }: ControlBackup): StoredParts {
  const below = (prefix: string): BackupEntry[] => entries.filter(({ key }) => key.startsWith(prefix));
  const one = (wanted: string): BackupEntry | undefined => entries.find(({ key }) => key === wanted);
  const settings = one(SETTINGS_KEY);
  if (settings === undefined) throw new Error('a backup has the settings of its cluster');
  const base = one(REVISION_BASE_KEY);
  const read = [SETTINGS_KEY, REVISION_BASE_KEY, MEMBER_PREFIX, PARTITION_PREFIX, TOKEN_PREFIX, OF_THE_STORE];
  return {
    settings: decodeSettings(settings.value),
    members: below(MEMBER_PREFIX).map(({ value }) => decodeMember(value)),
    configs: below(PARTITION_PREFIX).map(({ value }) => decodeConfig(value)),
    base: base === undefined ? 0 : decodeBase(base.value),
    tokens: below(TOKEN_PREFIX).length,
    others: entries.filter(({ key }) => !read.some((prefix) => key.startsWith(prefix))),
  };
}

/**
 * `silent`: whom the backup or a newest configuration knows, and who says nothing. `missing`: those of them who are waited for, neither lost nor replaced by
 * another disk under their name (C6).
 */
function whoIsMissing(
  members: readonly Member[],
  configs: Iterable<PartitionConfig>,
  { words, without }: RestoreInput,
): { readonly missing: readonly string[]; readonly silent: ReadonlySet<Incarnation> } {
  const speaking = new Set(words.map((word) => word.incarnation));
  const names = new Set(words.map((word) => word.name));
  const known = new Map(members.map((member) => [member.incarnation, member]));
  const named = new Set([...configs].flatMap((config) => [...namedIn(config)]));
  const silent = new Set(
    [...members.filter((m) => m.state !== 'retired').map((m) => m.incarnation), ...named].filter((node) => !speaking.has(node)),
  );
  const missing = [...silent].flatMap((node) => {
    const member = known.get(node);
    if (member?.state === 'retired' || (member !== undefined && names.has(member.name))) return [];
    const isLost = without.includes(node) || (member !== undefined && without.includes(member.name));
    return isLost ? [] : [member?.name ?? node];
  });
  return { missing, silent };
}

/** Copies may have been raised since (I3); they are never lowered. */
function highestSettings(stored: ClusterSettings, words: readonly NodeWord[]): ClusterSettings {
  let highest = stored;
  for (const { settings } of words)
    if (settings !== undefined && (settings.copies > highest.copies || settings.minInSync > highest.minInSync)) highest = settings;
  return highest;
}

/**
 * Members as the backup has them; those that are lost are retired, and may come back while they count as in sync. One that only a configuration names, and that is
 * lost, is entered: or no proposal that keeps it would be admitted (C2). Those that speak join by themselves.
 */
function restoreMembers(
  members: readonly Member[],
  configs: Iterable<PartitionConfig>,
  silent: ReadonlySet<Incarnation>,
  without: readonly string[],
): readonly Member[] {
  const known = new Set(members.map((member) => member.incarnation));
  const isLost = (m: Member): boolean => silent.has(m.incarnation) && (without.includes(m.incarnation) || without.includes(m.name));
  const nameless = new Set([...configs].flatMap((config) => [...namedIn(config)]).filter((node) => silent.has(node) && !known.has(node)));
  return [
    ...members.map((member): Member => (isLost(member) ? { ...member, state: 'retired' } : member)),
    ...[...nameless].map((node): Member => ({
      incarnation: node,
      name: nodeName(`lost-${node}`),
      zone: zone(`lost-${node}`),
      weight: 1,
      address: 'unix:/nowhere',
      state: 'retired',
      joinedMs: 0,
      lastSeenMs: 0,
    })),
  ];
}

function epochsOf(configs: readonly PartitionConfig[]): ReadonlyMap<number, number> {
  return new Map(configs.map((config) => [config.partition, config.epoch]));
}
