import { QueryError } from '@pilvi/aws-query';
import type {
  ComputeNodeRecord,
  ImageRecord,
  InstanceRecord,
  KeyPairRecord,
  LaunchTemplateRecord,
  LaunchTemplateVersionRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcRecord,
  ZoneRecord,
} from '@pilvi/compute-model';
import type { ControlStore } from '@pilvi/control-store';
import { type Collection, createCollection, type Step } from './collection.ts';

export const EC2_PREFIX = '/ec2/';
/** How often a change is decided anew when others were faster. */
const ATTEMPTS = 20;

/** What was answered to a client token, so that the same question is answered the same way. */
export interface ClientTokenRecord {
  /** Hash of the request's parameters. */
  readonly fingerprint: string;
  /** Of what was made. */
  readonly resourceId: string;
}

/** A name, address or other thing that only one may have. */
export interface ClaimRecord {
  readonly ownerId: string;
}

/** Everything of compute in the control store. */
export interface Ec2State {
  readonly control: ControlStore;
  readonly zones: Collection<ZoneRecord>;
  readonly vpcs: Collection<VpcRecord>;
  readonly subnets: Collection<SubnetRecord>;
  readonly securityGroups: Collection<SecurityGroupRecord>;
  readonly keyPairs: Collection<KeyPairRecord>;
  readonly images: Collection<ImageRecord>;
  readonly instances: Collection<InstanceRecord>;
  readonly nodes: Collection<ComputeNodeRecord>;
  readonly launchTemplates: Collection<LaunchTemplateRecord>;
  /** By `<template>/<version>`, the version zero-padded. */
  readonly launchTemplateVersions: Collection<LaunchTemplateVersionRecord>;
  readonly clientTokens: Collection<ClientTokenRecord>;
  /** By `<kind>/<name>`. */
  readonly claims: Collection<ClaimRecord>;
  /** Decides and commits until nobody else was faster. `decide` reads, and answers what to commit, or throws. */
  change<T>(decide: () => Promise<{ readonly steps: readonly Step[]; readonly result: T }>, signal?: AbortSignal): Promise<T>;
}

export function createEc2State(control: ControlStore): Ec2State {
  const collection = <T>(name: string): Collection<T> => createCollection<T>(control, `${EC2_PREFIX}${name}/`);
  return {
    control,
    zones: collection('zones'),
    vpcs: collection('vpcs'),
    subnets: collection('subnets'),
    securityGroups: collection('security-groups'),
    keyPairs: collection('key-pairs'),
    images: collection('images'),
    instances: collection('instances'),
    nodes: collection('nodes'),
    launchTemplates: collection('launch-templates'),
    launchTemplateVersions: collection('launch-template-versions'),
    clientTokens: collection('client-tokens'),
    claims: collection('claims'),
    async change(decide, signal) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { steps, result } = await decide();
        if (steps.length === 0) return result;
        const compares = steps.flatMap((step) => step.compares);
        const changes = steps.flatMap((step) => step.changes);
        if ((await control.txn(compares, changes, signal)).succeeded) return result;
      }
      throw new QueryError('Unavailable', 'The resource is being changed by others. Try again.');
    },
  };
}
