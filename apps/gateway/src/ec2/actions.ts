import { authorizeSecurityGroupEgress } from './actions/authorize-security-group-egress.ts';
import { authorizeSecurityGroupIngress } from './actions/authorize-security-group-ingress.ts';
import { createKeyPair } from './actions/create-key-pair.ts';
import { createLaunchTemplate } from './actions/create-launch-template.ts';
import { createLaunchTemplateVersion } from './actions/create-launch-template-version.ts';
import { createSecurityGroup } from './actions/create-security-group.ts';
import { createTags } from './actions/create-tags.ts';
import { deleteKeyPair } from './actions/delete-key-pair.ts';
import { deleteLaunchTemplate } from './actions/delete-launch-template.ts';
import { deleteLaunchTemplateVersions } from './actions/delete-launch-template-versions.ts';
import { deleteSecurityGroup } from './actions/delete-security-group.ts';
import { deleteTags } from './actions/delete-tags.ts';
import { deregisterImage } from './actions/deregister-image.ts';
import { describeAccountAttributes } from './actions/describe-account-attributes.ts';
import { describeAvailabilityZones } from './actions/describe-availability-zones.ts';
import { describeImageAttribute } from './actions/describe-image-attribute.ts';
import { describeImages } from './actions/describe-images.ts';
import { describeInstanceAttribute } from './actions/describe-instance-attribute.ts';
import { describeInstanceCreditSpecifications } from './actions/describe-instance-credit-specifications.ts';
import { describeInstanceStatus } from './actions/describe-instance-status.ts';
import { describeInstanceTypeOfferings } from './actions/describe-instance-type-offerings.ts';
import { describeInstanceTypes } from './actions/describe-instance-types.ts';
import { describeInstances } from './actions/describe-instances.ts';
import { describeKeyPairs } from './actions/describe-key-pairs.ts';
import { describeLaunchTemplateVersions } from './actions/describe-launch-template-versions.ts';
import { describeLaunchTemplates } from './actions/describe-launch-templates.ts';
import { describeNetworkInterfaces } from './actions/describe-network-interfaces.ts';
import { describeRegions } from './actions/describe-regions.ts';
import { describeRouteTables } from './actions/describe-route-tables.ts';
import { describeSecurityGroupRules } from './actions/describe-security-group-rules.ts';
import { describeSecurityGroups } from './actions/describe-security-groups.ts';
import { describeSubnets } from './actions/describe-subnets.ts';
import { describeTags } from './actions/describe-tags.ts';
import { describeVolumes } from './actions/describe-volumes.ts';
import { describeVpcAttribute } from './actions/describe-vpc-attribute.ts';
import { describeVpcs } from './actions/describe-vpcs.ts';
import { getConsoleOutput } from './actions/get-console-output.ts';
import { getLaunchTemplateData } from './actions/get-launch-template-data.ts';
import { importKeyPair } from './actions/import-key-pair.ts';
import { modifyImageAttribute } from './actions/modify-image-attribute.ts';
import { modifyInstanceAttribute } from './actions/modify-instance-attribute.ts';
import { modifyInstanceMetadataOptions } from './actions/modify-instance-metadata-options.ts';
import { modifyLaunchTemplate } from './actions/modify-launch-template.ts';
import { modifyNetworkInterfaceAttribute } from './actions/modify-network-interface-attribute.ts';
import { modifySecurityGroupRules } from './actions/modify-security-group-rules.ts';
import { rebootInstances } from './actions/reboot-instances.ts';
import { registerImage } from './actions/register-image.ts';
import { resetImageAttribute } from './actions/reset-image-attribute.ts';
import { revokeSecurityGroupEgress } from './actions/revoke-security-group-egress.ts';
import { revokeSecurityGroupIngress } from './actions/revoke-security-group-ingress.ts';
import { runInstances } from './actions/run-instances.ts';
import { startInstances } from './actions/start-instances.ts';
import { stopInstances } from './actions/stop-instances.ts';
import { terminateInstances } from './actions/terminate-instances.ts';
import { updateSecurityGroupRuleDescriptionsEgress } from './actions/update-security-group-rule-descriptions-egress.ts';
import { updateSecurityGroupRuleDescriptionsIngress } from './actions/update-security-group-rule-descriptions-ingress.ts';
import type { Ec2Action } from './ec2-action.ts';

/** Every action that is built, by name. */
export const EC2_ACTIONS: readonly Ec2Action[] = [
  authorizeSecurityGroupEgress,
  authorizeSecurityGroupIngress,
  createKeyPair,
  createLaunchTemplate,
  createLaunchTemplateVersion,
  createSecurityGroup,
  createTags,
  deleteKeyPair,
  deleteLaunchTemplate,
  deleteLaunchTemplateVersions,
  deleteSecurityGroup,
  deleteTags,
  deregisterImage,
  describeAccountAttributes,
  describeAvailabilityZones,
  describeImageAttribute,
  describeImages,
  describeInstanceAttribute,
  describeInstanceCreditSpecifications,
  describeInstanceStatus,
  describeInstanceTypeOfferings,
  describeInstanceTypes,
  describeInstances,
  describeKeyPairs,
  describeLaunchTemplateVersions,
  describeLaunchTemplates,
  describeNetworkInterfaces,
  describeRegions,
  describeRouteTables,
  describeSecurityGroupRules,
  describeSecurityGroups,
  describeSubnets,
  describeTags,
  describeVolumes,
  describeVpcAttribute,
  describeVpcs,
  getConsoleOutput,
  getLaunchTemplateData,
  importKeyPair,
  modifyImageAttribute,
  modifyInstanceAttribute,
  modifyInstanceMetadataOptions,
  modifyLaunchTemplate,
  modifyNetworkInterfaceAttribute,
  modifySecurityGroupRules,
  rebootInstances,
  registerImage,
  resetImageAttribute,
  revokeSecurityGroupEgress,
  revokeSecurityGroupIngress,
  runInstances,
  startInstances,
  stopInstances,
  terminateInstances,
  updateSecurityGroupRuleDescriptionsEgress,
  updateSecurityGroupRuleDescriptionsIngress,
];
