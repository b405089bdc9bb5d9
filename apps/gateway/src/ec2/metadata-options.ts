import { invalidParameter, QueryError } from '@pilvi/aws-query';
import type { InstanceMetadataOptionsRequest, InstanceMetadataOptionsResponse } from '@pilvi/aws-query/ec2';
import type { InstanceRecord, MetadataOptionsRecord } from '@pilvi/compute-model';

const MAX_HOPS = 64;

/** Version 2 alone, unless the first one is asked for. */
const AT_FIRST: MetadataOptionsRecord = { enabled: true, tokensRequired: true, hopLimit: 1, tags: false };

/** What is asked for, in place of what holds so far. */
export function readMetadataOptions(given: InstanceMetadataOptionsRequest = {}, known = AT_FIRST): MetadataOptionsRecord {
  if (oneOf('HttpProtocolIpv6', given.HttpProtocolIpv6 ?? 'disabled', 'enabled', 'disabled'))
    throw new QueryError('UnsupportedOperation', 'Instances have no IPv6 addresses here, and no metadata service over it.');
  const { HttpTokens, HttpEndpoint, InstanceMetadataTags, HttpPutResponseHopLimit = known.hopLimit } = given;
  if (HttpPutResponseHopLimit < 1 || HttpPutResponseHopLimit > MAX_HOPS)
    throw invalidParameter('HttpPutResponseHopLimit', String(HttpPutResponseHopLimit), `Expecting 1 to ${MAX_HOPS}.`);
  return {
    enabled: HttpEndpoint === undefined ? known.enabled : oneOf('HttpEndpoint', HttpEndpoint, 'enabled', 'disabled'),
    tokensRequired: HttpTokens === undefined ? known.tokensRequired : oneOf('HttpTokens', HttpTokens, 'required', 'optional'),
    hopLimit: HttpPutResponseHopLimit,
    tags: InstanceMetadataTags === undefined ? known.tags : oneOf('InstanceMetadataTags', InstanceMetadataTags, 'enabled', 'disabled'),
  };
}

/** Applied: the instance's node has heard of them. */
export function shownMetadataOptions({ metadata, observed, generation }: InstanceRecord): InstanceMetadataOptionsResponse {
  const { enabled, tokensRequired, hopLimit, tags } = metadata;
  return {
    State: observed !== undefined && (observed.generation >= generation || observed.state === 'terminated') ? 'applied' : 'pending',
    HttpTokens: tokensRequired ? 'required' : 'optional',
    HttpPutResponseHopLimit: hopLimit,
    HttpEndpoint: enabled ? 'enabled' : 'disabled',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: tags ? 'enabled' : 'disabled',
  };
}

/** Whether it is the first of two words. */
function oneOf(name: string, text: string, yes: string, no: string): boolean {
  if (text !== yes && text !== no) throw invalidParameter(name, text, `Expecting ${yes} or ${no}.`);
  return text === yes;
}
