import { QueryError } from '@pilvi/aws-query';
import type { DescribeInstanceStatusRequest, DescribeInstanceStatusResult, InstanceStatusSummary } from '@pilvi/aws-query/ec2';
import { type InstanceRecord, instanceState, STATE_CODES } from '@pilvi/compute-model';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { INSTANCE } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { pageOf } from '../paging.ts';
import { shownState } from '../shown-instance.ts';

/** The system's status is whether the node can be reached; the instance's is what its node says of it. */
export const describeInstanceStatus = ec2Action<DescribeInstanceStatusRequest, DescribeInstanceStatusResult>({
  name: 'DescribeInstanceStatus',
  takes: ['InstanceIds', 'IncludeAllInstances', 'Filters', 'MaxResults', 'NextToken'],
  resources: ({ InstanceIds = [] }) => (InstanceIds.length === 0 ? ['*'] : InstanceIds.map((id) => `instance/${id}`)),
  async run({ InstanceIds = [], IncludeAllInstances = false, Filters, ...page }, call) {
    if (InstanceIds.length > 0 && page.MaxResults !== undefined)
      throw new QueryError('InvalidParameterCombination', 'The parameter instancesSet cannot be used with the parameter maxResults');
    const all = (await call.state.instances.all(call.signal)).map((stored) => stored.record);
    const asked = named(all, InstanceIds, INSTANCE).filter((record) => IncludeAllInstances || instanceState(record) === 'running');
    const found = applyFilters(asked, Filters, {
      'availability-zone': (record) => record.zoneName,
      'instance-state-name': (record) => instanceState(record),
      'instance-state-code': (record) => STATE_CODES[instanceState(record)],
      'instance-status.status': (record) => instanceStatus(record, call).Status,
      'instance-status.reachability': (record) => instanceStatus(record, call).Details?.[0]?.Status,
      'system-status.status': (record) => systemStatus(record, call).Status,
      'system-status.reachability': (record) => systemStatus(record, call).Details?.[0]?.Status,
    });
    const { items, NextToken } = pageOf(found, page, INSTANCE.idOf, { of: 'DescribeInstanceStatus' });
    return {
      InstanceStatuses: items.map((record) => ({
        InstanceId: record.instanceId,
        AvailabilityZone: record.zoneName,
        AvailabilityZoneId: record.zoneId,
        InstanceState: shownState(record),
        InstanceStatus: instanceStatus(record, call),
        SystemStatus: systemStatus(record, call),
      })),
      NextToken,
    };
  },
});

const OK = summary('ok', 'passed');
const IMPAIRED = summary('impaired', 'failed');
const INITIALIZING = summary('initializing', 'initializing');
const NOT_APPLICABLE: InstanceStatusSummary = { Status: 'not-applicable' };

function systemStatus(record: InstanceRecord, { sessions }: Ec2Call): InstanceStatusSummary {
  const state = instanceState(record);
  if (state === 'stopped' || state === 'terminated') return NOT_APPLICABLE;
  return sessions.connected(record.nodeId) === undefined ? IMPAIRED : OK;
}

/** Of an instance whose node is out of reach nothing is known. */
function instanceStatus(record: InstanceRecord, call: Ec2Call): InstanceStatusSummary {
  const state = instanceState(record);
  if (state !== 'running' && state !== 'pending') return NOT_APPLICABLE;
  if (systemStatus(record, call) === IMPAIRED) return IMPAIRED;
  if (state === 'pending') return INITIALIZING;
  return record.observed?.impaired === '' ? OK : IMPAIRED;
}

function summary(Status: string, reachability: string): InstanceStatusSummary {
  return { Status, Details: [{ Name: 'reachability', Status: reachability }] };
}
