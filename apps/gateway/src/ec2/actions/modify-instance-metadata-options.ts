import { missingParameter } from '@pilvi/aws-query';
import type { ModifyInstanceMetadataOptionsRequest, ModifyInstanceMetadataOptionsResult } from '@pilvi/aws-query/ec2';
import { isGone } from '@pilvi/compute-model';
import { changeInstances, incorrectState } from '../change-instances.ts';
import { ec2Action } from '../ec2-action.ts';
import { readMetadataOptions, shownMetadataOptions } from '../metadata-options.ts';

const OPTIONS = ['HttpTokens', 'HttpPutResponseHopLimit', 'HttpEndpoint', 'HttpProtocolIpv6', 'InstanceMetadataTags'] as const;

/** Also while it runs; what is not named stays. */
export const modifyInstanceMetadataOptions = ec2Action<ModifyInstanceMetadataOptionsRequest, ModifyInstanceMetadataOptionsResult>({
  name: 'ModifyInstanceMetadataOptions',
  takes: ['InstanceId', ...OPTIONS],
  resources: ({ InstanceId = '*' }) => [`instance/${InstanceId}`],
  async run({ InstanceId, ...given }, call) {
    if (InstanceId === undefined) throw missingParameter('InstanceId');
    if (OPTIONS.every((name) => given[name] === undefined)) throw missingParameter(OPTIONS.join(' or '));
    await changeInstances(call, [InstanceId], (record) => {
      if (isGone(record)) throw incorrectState(record, 'modified');
      return { ...record, metadata: readMetadataOptions(given, record.metadata) };
    });
    const stored = await call.state.instances.get(InstanceId);
    return { InstanceId, InstanceMetadataOptions: stored === undefined ? undefined : shownMetadataOptions(stored.record) };
  },
});
