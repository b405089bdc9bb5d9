import type { RebootInstancesRequest } from '@pilvi/aws-query/ec2';
import { instanceState } from '@pilvi/compute-model';
import { changeInstances, incorrectState } from '../change-instances.ts';
import { ec2Action } from '../ec2-action.ts';

export const rebootInstances = ec2Action<RebootInstancesRequest, undefined>({
  name: 'RebootInstances',
  takes: ['InstanceIds'],
  resources: ({ InstanceIds = [] }) => InstanceIds.map((id) => `instance/${id}`),
  async run({ InstanceIds }, call) {
    await changeInstances(call, InstanceIds, (record) => {
      if (instanceState(record) !== 'running') throw incorrectState(record, 'rebooted');
      return { ...record, reboots: record.reboots + 1 };
    });
    return undefined;
  },
});
