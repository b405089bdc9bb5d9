import type { LaunchTemplate, LaunchTemplateVersion } from '@pilvi/aws-query/ec2';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from '@pilvi/compute-model';
import { tagList } from './tags.ts';

export function shownTemplate(record: LaunchTemplateRecord): LaunchTemplate {
  return {
    LaunchTemplateId: record.launchTemplateId,
    LaunchTemplateName: record.name,
    CreateTime: new Date(record.createdMs),
    CreatedBy: record.createdBy,
    DefaultVersionNumber: record.defaultVersion,
    LatestVersionNumber: record.latestVersion,
    Tags: tagList(record.tags),
  };
}

/** What a template holds is shown as it was given: requests and answers have the same fields. */
export function shownVersion(template: LaunchTemplateRecord, version: LaunchTemplateVersionRecord): LaunchTemplateVersion {
  return {
    LaunchTemplateId: template.launchTemplateId,
    LaunchTemplateName: template.name,
    VersionNumber: version.version,
    VersionDescription: version.description,
    CreateTime: new Date(version.createdMs),
    CreatedBy: version.createdBy,
    DefaultVersion: version.version === template.defaultVersion,
    LaunchTemplateData: version.data,
  };
}
