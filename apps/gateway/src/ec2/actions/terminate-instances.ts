import { QueryError } from '@pilvi/aws-query';
import type { TerminateInstancesRequest, TerminateInstancesResult } from '@pilvi/aws-query/ec2';
import { byUser, changeInstances } from '../change-instances.ts';
import { ec2Action } from '../ec2-action.ts';

/** Everything of it goes, once its node has heard of it. It is shown for another hour. */
export const terminateInstances = ec2Action<TerminateInstancesRequest, TerminateInstancesResult>({
  name: 'TerminateInstances',
  takes: ['InstanceIds'],
  resources: ({ InstanceIds = [] }) => InstanceIds.map((id) => `instance/${id}`),
  async run({ InstanceIds }, call) {
    const reason = byUser(call.clock.wallMs());
    const TerminatingInstances = await changeInstances(call, InstanceIds, (record) => {
      if (record.power === 'terminated') return record;
      if (record.disableApiTermination)
        throw new QueryError(
          'OperationNotPermitted',
          `The instance '${record.instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
        );
      return { ...record, power: 'terminated', reason };
    });
    return { TerminatingInstances };
  },
});
