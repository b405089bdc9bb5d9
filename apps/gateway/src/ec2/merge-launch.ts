import type { RequestLaunchTemplateData, RunInstancesRequest, TagSpecification } from '@pilvi/aws-query/ec2';

/**
 * What a launch from a template asks for: a parameter of the request stands in for the template's. Disks are matched by device, interfaces by index, and tags by
 * key, so that a request can change one of them and leave the others; options of metadata and placement one by one.
 */
export function mergeLaunch(template: RequestLaunchTemplateData, request: RunInstancesRequest): RunInstancesRequest {
  const { SecurityGroupIds, SecurityGroups, RamDiskId: _unbuilt, ...parameters } = template;
  const namesGroups = request.SecurityGroupIds !== undefined || request.SecurityGroups !== undefined;
  const fromTemplate = parameters as RunInstancesRequest;
  return {
    ...fromTemplate,
    ...(namesGroups ? {} : { SecurityGroupIds, SecurityGroups }),
    ...request,
    BlockDeviceMappings: mergeLists(fromTemplate.BlockDeviceMappings, request.BlockDeviceMappings, (disk) => disk.DeviceName),
    NetworkInterfaces: mergeLists(fromTemplate.NetworkInterfaces, request.NetworkInterfaces, (each) => each.DeviceIndex),
    MetadataOptions: mergeFields(fromTemplate.MetadataOptions, request.MetadataOptions),
    Placement: mergeFields(fromTemplate.Placement, request.Placement),
    TagSpecifications: mergeTags(fromTemplate.TagSpecifications, request.TagSpecifications),
  };
}

/** Clients send empty texts for what they do not ask for: Terraform an empty zone with every launch from a template. */
export function withoutEmptyTexts(request: RunInstancesRequest): RunInstancesRequest {
  const given = <T extends object>(part: T): T => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== '')) as T;
  return request.Placement === undefined ? given(request) : { ...given(request), Placement: given(request.Placement) };
}

function mergeFields<T extends object>(base: T | undefined, over: T | undefined): T | undefined {
  return base === undefined || over === undefined ? (over ?? base) : { ...base, ...over };
}

/** An item of `over` takes the place of the one with its key, or comes after all. */
function mergeLists<T>(base: readonly T[] | undefined, over: readonly T[] | undefined, keyOf: (item: T) => unknown) {
  if (base === undefined || over === undefined) return over ?? base;
  const kept = base.map((item) => over.find((other) => keyOf(other) === keyOf(item)) ?? item);
  return [...kept, ...over.filter((item) => !kept.includes(item))];
}

function mergeTags(base: readonly TagSpecification[] | undefined, over: readonly TagSpecification[] | undefined) {
  if (base === undefined || over === undefined) return over ?? base;
  const both = over.map((specification) => {
    const inTemplate = base.find(({ ResourceType }) => ResourceType === specification.ResourceType)?.Tags;
    return { ...specification, Tags: mergeLists(inTemplate, specification.Tags, (tag) => tag.Key) };
  });
  return mergeLists(base, both, ({ ResourceType }) => ResourceType);
}
