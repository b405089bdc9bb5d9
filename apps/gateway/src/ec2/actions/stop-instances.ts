import { QueryError } from '@pilvi/aws-query';
import type { StopInstancesRequest, StopInstancesResult } from '@pilvi/aws-query/ec2';
import { instanceState } from '@pilvi/compute-model';
import { byUser, changeInstances, incorrectState } from '../change-instances.ts';
import { ec2Action } from '../ec2-action.ts';

/** Its root and its private address stay. With `Force` it is not asked first. */
export const stopInstances = ec2Action<StopInstancesRequest, StopInstancesResult>({
  name: 'StopInstances',
  takes: ['InstanceIds', 'Force'],
  resources: ({ InstanceIds = [] }) => InstanceIds.map((id) => `instance/${id}`),
  async run({ InstanceIds, Force: force = false }, call) {
    const reason = byUser(call.clock.wallMs());
    const StoppingInstances = await changeInstances(call, InstanceIds, (record) => {
      const state = instanceState(record);
      if (state === 'stopped' || (state === 'stopping' && (!force || record.force))) return record;
      if (state !== 'running' && state !== 'stopping') throw incorrectState(record, 'stopped');
      if (record.disableApiStop)
        throw new QueryError(
          'OperationNotPermitted',
          `The instance '${record.instanceId}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
        );
      return { ...record, power: 'stopped', force, reason };
    });
    return { StoppingInstances };
  },
});
