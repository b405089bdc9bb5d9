import { missingParameter, QueryError } from '@pilvi/aws-query';
import type {
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  RequestLaunchTemplateData,
} from '@pilvi/aws-query/ec2';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters, type FilterTable } from '../filters.ts';
import { findLaunchTemplate, findVersion, versionKey, versionNumber } from '../find-launch-template.ts';
import { pageOf } from '../paging.ts';
import { shownVersion } from '../shown-launch-template.ts';

/** Versions of one template, the newest first: all, those named, or a range with both ends. Without a template, the newest or the default one of each. */
export const describeLaunchTemplateVersions = ec2Action<DescribeLaunchTemplateVersionsRequest, DescribeLaunchTemplateVersionsResult>({
  name: 'DescribeLaunchTemplateVersions',
  takes: [
    'LaunchTemplateId',
    'LaunchTemplateName',
    'Versions',
    'MinVersion',
    'MaxVersion',
    'Filters',
    'ResolveAlias',
    'MaxResults',
    'NextToken',
  ],
  resources: ({ LaunchTemplateId = '*' }) => [`launch-template/${LaunchTemplateId}`],
  async run(request, call) {
    const { LaunchTemplateId, LaunchTemplateName, Filters } = request;
    const isOfOne = LaunchTemplateId !== undefined || LaunchTemplateName !== undefined;
    const versions = isOfOne ? await ofOne(request, call) : await ofAll(request, call);
    const found = applyFilters([...versions].sort(inOrder), Filters, FILTERS);
    const { items, NextToken } = pageOf(found, request, keyOf, { of: 'DescribeLaunchTemplateVersions', least: 1, most: 200 });
    return { LaunchTemplateVersions: items.map(({ template, version }) => shownVersion(template, version)), NextToken };
  },
});

interface Found {
  readonly template: LaunchTemplateRecord;
  readonly version: LaunchTemplateVersionRecord;
}

async function ofOne({ Versions = [], MinVersion, MaxVersion, ...name }: DescribeLaunchTemplateVersionsRequest, call: Ec2Call) {
  if (Versions.length > 0 && (MinVersion !== undefined || MaxVersion !== undefined))
    throw new QueryError('InvalidParameterCombination', 'Versions cannot be named together with a range of versions');
  const template = (await findLaunchTemplate(call, name)).record;
  if (Versions.length > 0) {
    const numbers = new Set(Versions.map((word) => versionNumber(template, word)));
    return Promise.all([...numbers].map(async (number) => ({ template, version: await findVersion(call, template, String(number)) })));
  }
  const least = MinVersion === undefined ? 0 : versionNumber(template, MinVersion);
  const most = MaxVersion === undefined ? Infinity : versionNumber(template, MaxVersion);
  const all = await call.state.launchTemplateVersions.under(versionKey(template.launchTemplateId), call.signal);
  return all
    .map(({ record: version }) => ({ template, version }))
    .filter(({ version: { version } }) => version >= least && version <= most);
}

async function ofAll({ Versions = [], MinVersion, MaxVersion }: DescribeLaunchTemplateVersionsRequest, call: Ec2Call): Promise<Found[]> {
  if (Versions.length === 0 || MinVersion !== undefined || MaxVersion !== undefined)
    throw missingParameter('LaunchTemplateId or LaunchTemplateName');
  if (Versions.some((word) => word !== '$Latest' && word !== '$Default'))
    throw new QueryError('InvalidParameterCombination', 'Without a launch template only the versions $Latest and $Default can be named');
  const templates = (await call.state.launchTemplates.all(call.signal)).map((stored) => stored.record);
  const wanted = templates.flatMap((template) =>
    [...new Set(Versions.map((word) => versionNumber(template, word)))].map((number) => ({ template, number })),
  );
  const found = await Promise.all(
    wanted.map(async ({ template, number }) => {
      const stored = await call.state.launchTemplateVersions.get(versionKey(template.launchTemplateId, number), call.signal);
      return stored === undefined ? [] : [{ template, version: stored.record }]; // deleted meanwhile
    }),
  );
  return found.flat();
}

const NEWEST_FIRST = 999_999_999;

/** A version's place among all: by template, then the newest first. */
function keyOf({ template, version }: Found): string {
  return versionKey(template.launchTemplateId, NEWEST_FIRST - version.version);
}

function inOrder(one: Found, other: Found): number {
  return keyOf(one) < keyOf(other) ? -1 : keyOf(one) > keyOf(other) ? 1 : 0;
}

function looksAt(look: (data: RequestLaunchTemplateData) => string | number | boolean | undefined): FilterTable<Found>[string] {
  return ({ version }) => look(version.data);
}

const FILTERS: FilterTable<Found> = {
  'create-time': ({ version }) => new Date(version.createdMs).toISOString(),
  'is-default-version': ({ template, version }) => template.defaultVersion === version.version,
  'image-id': looksAt((data) => data.ImageId),
  'instance-type': looksAt((data) => data.InstanceType),
  'ebs-optimized': looksAt((data) => data.EbsOptimized),
  'http-endpoint': looksAt((data) => data.MetadataOptions?.HttpEndpoint),
  'http-tokens': looksAt((data) => data.MetadataOptions?.HttpTokens),
  'http-put-response-hop-limit': looksAt((data) => data.MetadataOptions?.HttpPutResponseHopLimit),
};
