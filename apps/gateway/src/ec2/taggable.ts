import { QueryError, type QueryErrorCode } from '@pilvi/aws-query';
import type { Tags } from '@pilvi/compute-model';
import type { Collection, Step } from './state/collection.ts';
import type { Ec2State } from './state/ec2-state.ts';

interface Taggable {
  readonly type: string;
  readonly notFound: QueryErrorCode;
  readonly collection: (state: Ec2State) => Collection<{ readonly tags: Tags }>;
}

/** Resources that carry tags of their own, by the prefix of their ids. A root volume, an interface and a rule are part of another record. */
export const TAGGABLE: Readonly<Record<string, Taggable>> = {
  i: { type: 'instance', notFound: 'InvalidInstanceID.NotFound', collection: (state) => state.instances },
  ami: { type: 'image', notFound: 'InvalidAMIID.NotFound', collection: (state) => state.images },
  sg: { type: 'security-group', notFound: 'InvalidGroup.NotFound', collection: (state) => state.securityGroups },
  key: { type: 'key-pair', notFound: 'InvalidKeyPair.NotFound', collection: (state) => state.keyPairs },
  vpc: { type: 'vpc', notFound: 'InvalidVpcID.NotFound', collection: (state) => state.vpcs },
  subnet: { type: 'subnet', notFound: 'InvalidSubnetID.NotFound', collection: (state) => state.subnets },
  lt: { type: 'launch-template', notFound: 'InvalidLaunchTemplateId.NotFound', collection: (state) => state.launchTemplates },
};

/** Changes the tags of each of the resources, all or none. Throws InvalidID and each kind's `NotFound`. */
export async function changeTags(state: Ec2State, ids: readonly string[], change: (tags: Tags) => Tags): Promise<void> {
  await state.change(async () => {
    const steps: Step[] = [];
    for (const id of new Set(ids)) {
      const kind = TAGGABLE[id.slice(0, Math.max(0, id.indexOf('-')))];
      if (kind === undefined) throw new QueryError('InvalidID', `The ID '${id}' is not valid for tagging here`);
      const collection = kind.collection(state);
      const stored = await collection.get(id);
      if (stored === undefined) throw new QueryError(kind.notFound, `The ID '${id}' does not exist`);
      steps.push(collection.replace(stored, nextRecord(stored.record, change(stored.record.tags))));
    }
    return { steps, result: undefined };
  });
}

/** An instance's node is told of its tags: they are part of what is fenced by its generation. */
function nextRecord(record: { readonly tags: Tags }, tags: Tags): { readonly tags: Tags } {
  const { generation } = record as { generation?: number };
  return generation === undefined ? { ...record, tags } : Object.assign({}, record, { tags, generation: generation + 1 });
}
