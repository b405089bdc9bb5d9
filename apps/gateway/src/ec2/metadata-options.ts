import { invalidParameter, QueryError } from '@pilvi/aws-query';
import type { InstanceMetadataOptionsRequest, InstanceMetadataOptionsResponse } from '@pilvi/aws-query/ec2';
import type { MetadataOptionsRecord } from '@pilvi/compute-model';

const MAX_HOPS = 64;

/** Version 2 alone, unless the first one is asked for. */
export function readMetadataOptions(given: InstanceMetadataOptionsRequest = {}): MetadataOptionsRecord {
  if (oneOf('HttpProtocolIpv6', given.HttpProtocolIpv6 ?? 'disabled', 'enabled', 'disabled'))
    throw new QueryError('UnsupportedOperation', 'Instances have no IPv6 addresses here, and no metadata service over it.');
  const { HttpTokens = 'required', HttpEndpoint = 'enabled', InstanceMetadataTags = 'disabled', HttpPutResponseHopLimit = 1 } = given;
  if (HttpPutResponseHopLimit < 1 || HttpPutResponseHopLimit > MAX_HOPS)
    throw invalidParameter('HttpPutResponseHopLimit', String(HttpPutResponseHopLimit), `Expecting 1 to ${MAX_HOPS}.`);
  return {
    enabled: oneOf('HttpEndpoint', HttpEndpoint, 'enabled', 'disabled'),
    tokensRequired: oneOf('HttpTokens', HttpTokens, 'required', 'optional'),
    hopLimit: HttpPutResponseHopLimit,
    tags: oneOf('InstanceMetadataTags', InstanceMetadataTags, 'enabled', 'disabled'),
  };
}

export function shownMetadataOptions({ enabled, tokensRequired, hopLimit, tags }: MetadataOptionsRecord): InstanceMetadataOptionsResponse {
  return {
    State: 'applied',
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
