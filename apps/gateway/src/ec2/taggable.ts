import { invalidParameter, QueryError, type QueryErrorCode } from '@pilvi/aws-query';
import { type InstanceRecord, isGone, type SecurityGroupRecord, type Tags } from '@pilvi/compute-model';
import type { Collection, Step, Stored } from './state/collection.ts';
import type { Ec2State } from './state/ec2-state.ts';

/** One kind of resource that carries tags. */
interface Taggable {
  readonly type: string;
  readonly notFound: QueryErrorCode;
  /** Every resource of the kind with its tags, by id. */
  readonly all: (state: Ec2State, signal?: AbortSignal) => Promise<readonly (readonly [id: string, tags: Tags])[]>;
  /** The record that holds the resource's tags. */
  readonly find: (state: Ec2State, id: string) => Promise<Holder | undefined>;
}

interface Holder {
  readonly stored: Stored<object>;
  readonly replace: (record: object) => Step;
  readonly tagsIn: (record: object) => Tags;
  readonly withTags: (record: object, tags: Tags) => object;
}

/** By the prefix of their ids. */
export const TAGGABLE: Readonly<Record<string, Taggable>> = {
  i: whole('instance', 'InvalidInstanceID.NotFound', (state) => state.instances),
  ami: whole('image', 'InvalidAMIID.NotFound', (state) => state.images),
  sg: whole('security-group', 'InvalidGroup.NotFound', (state) => state.securityGroups),
  key: whole('key-pair', 'InvalidKeyPair.NotFound', (state) => state.keyPairs),
  vpc: whole('vpc', 'InvalidVpcID.NotFound', (state) => state.vpcs),
  subnet: whole('subnet', 'InvalidSubnetID.NotFound', (state) => state.subnets),
  lt: whole('launch-template', 'InvalidLaunchTemplateId.NotFound', (state) => state.launchTemplates),
  sgr: part<SecurityGroupRecord>('security-group-rule', 'InvalidSecurityGroupRuleId.NotFound', (state) => state.securityGroups, {
    tags: (group) => group.rules.map((rule) => [rule.ruleId, rule.tags]),
    with: (group, id, tags) => ({ ...group, rules: group.rules.map((rule) => (rule.ruleId === id ? { ...rule, tags } : rule)) }),
  }),
  vol: part<InstanceRecord>('volume', 'InvalidVolume.NotFound', (state) => state.instances, {
    tags: (record) => (isGone(record) ? [] : [[record.rootVolume.volumeId, record.rootVolume.tags ?? {}]]),
    with: (record, _id, tags) => ({ ...record, rootVolume: { ...record.rootVolume, tags } }),
  }),
  eni: part<InstanceRecord>('network-interface', 'InvalidNetworkInterfaceID.NotFound', (state) => state.instances, {
    tags: (record) => (isGone(record) ? [] : record.interfaces.map((each) => [each.interfaceId, each.tags ?? {}])),
    with: (record, id, tags) => ({
      ...record,
      interfaces: record.interfaces.map((each) => (each.interfaceId === id ? { ...each, tags } : each)),
    }),
  }),
};

/** They change in one transaction: as many as a control store takes. */
const MOST_AT_ONCE = 100;

/** Changes the tags of each of the resources, all or none. Throws InvalidID and each kind's `NotFound`. */
export async function changeTags(state: Ec2State, ids: readonly string[], change: (tags: Tags) => Tags): Promise<void> {
  if (ids.length > MOST_AT_ONCE) throw invalidParameter('resourceIdSet', String(ids.length), `Up to ${MOST_AT_ONCE} resources at once.`);
  await state.change(async () => {
    // Several resources may be parts of one record: it is replaced once.
    const edits = new Map<string, { readonly holder: Holder; readonly record: object }>();
    for (const id of new Set(ids)) {
      const kind = TAGGABLE[id.slice(0, Math.max(0, id.indexOf('-')))];
      if (kind === undefined) throw new QueryError('InvalidID', `The ID '${id}' is not valid for tagging here`);
      const holder = await kind.find(state, id);
      if (holder === undefined) throw new QueryError(kind.notFound, `The ID '${id}' does not exist`);
      const record = edits.get(holder.stored.key)?.record ?? nextGeneration(holder.stored.record);
      edits.set(holder.stored.key, { holder, record: holder.withTags(record, change(holder.tagsIn(record))) });
    }
    return { steps: [...edits.values()].map(({ holder, record }) => holder.replace(record)), result: undefined };
  });
}

/** An instance's node is told of its tags: they are part of what is fenced by its generation. */
function nextGeneration(record: object): object {
  const { generation } = record as { generation?: number };
  return generation === undefined ? record : { ...record, generation: generation + 1 };
}

/** A resource with a record of its own. */
function whole<Kept extends { readonly tags: Tags }>(
  type: string,
  notFound: QueryErrorCode,
  collection: (state: Ec2State) => Collection<Kept>,
): Taggable {
  return {
    type,
    notFound,
    async all(state, signal) {
      const { prefix, all } = collection(state);
      return (await all(signal)).map(({ key, record }) => [key.slice(prefix.length), record.tags] as const);
    },
    async find(state, id) {
      const { get, replace } = collection(state);
      const stored = await get(id);
      return stored === undefined
        ? undefined
        : holder<Kept>(
            stored,
            replace,
            (record) => record.tags,
            (record, tags) => ({ ...record, tags }),
          );
    },
  };
}

/** A resource that is part of another's record. */
function part<Kept extends object>(
  type: string,
  notFound: QueryErrorCode,
  collection: (state: Ec2State) => Collection<Kept>,
  inRecord: {
    readonly tags: (record: Kept) => readonly (readonly [id: string, tags: Tags])[];
    readonly with: (record: Kept, id: string, tags: Tags) => Kept;
  },
): Taggable {
  const tagsOf = (record: Kept, id: string): Tags | undefined => inRecord.tags(record).find(([each]) => each === id)?.[1];
  return {
    type,
    notFound,
    all: async (state, signal) => (await collection(state).all(signal)).flatMap(({ record }) => inRecord.tags(record)),
    async find(state, id) {
      const { all, replace } = collection(state);
      const stored = (await all()).find(({ record }) => tagsOf(record, id) !== undefined);
      return stored === undefined
        ? undefined
        : holder<Kept>(
            stored,
            replace,
            (record) => tagsOf(record, id) ?? {},
            (record, tags) => inRecord.with(record, id, tags),
          );
    },
  };
}

/** Forgets what kind of record it is: `changeTags` gives each holder back what it got from it. */
function holder<Kept extends object>(
  stored: Stored<Kept>,
  replace: (stored: Stored<Kept>, record: Kept) => Step,
  tagsIn: (record: Kept) => Tags,
  withTags: (record: Kept, tags: Tags) => Kept,
): Holder {
  return {
    stored,
    replace: (record) => replace(stored, record as Kept),
    tagsIn: (record) => tagsIn(record as Kept),
    withTags: (record, tags) => withTags(record as Kept, tags),
  };
}
