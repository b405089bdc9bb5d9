import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { AttributeBooleanValue, ModifyInstanceAttributeRequest } from '@pilvi/aws-query/ec2';
import { type InstanceRecord, instanceState, isGone } from '@pilvi/compute-model';
import { changeInstances, incorrectState, type InstanceChange } from '../change-instances.ts';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { findSecurityGroup } from '../find-security-group.ts';
import { checkGroupCount, readShutdownBehavior, readType, readUserData } from '../launch-request.ts';
import type { Step } from '../state/collection.ts';

/** One attribute at a time. A type and user data can be changed of a stopped instance only. */
export const modifyInstanceAttribute = ec2Action<ModifyInstanceAttributeRequest, undefined>({
  name: 'ModifyInstanceAttribute',
  takes: [
    'InstanceId',
    'InstanceType',
    'UserData',
    'DisableApiTermination',
    'DisableApiStop',
    'InstanceInitiatedShutdownBehavior',
    'Groups',
    'SourceDestCheck',
  ],
  resources: ({ InstanceId = '*' }) => [`instance/${InstanceId}`],
  async run(request, call) {
    if (request.InstanceId === undefined) throw missingParameter('InstanceId');
    const [change, further] = await changeOf(request, call);
    const changeOfThere: InstanceChange = (record) => {
      if (isGone(record)) throw incorrectState(record, 'modified');
      return change(record);
    };
    await changeInstances(call, [request.InstanceId], changeOfThere, further);
    return undefined;
  },
});

/** What becomes of the instance, and what is committed with it. */
type Change = readonly [change: InstanceChange, further: () => Promise<readonly Step[]>];

async function changeOf(request: ModifyInstanceAttributeRequest, call: Ec2Call): Promise<Change> {
  const { InstanceType, UserData, DisableApiTermination, DisableApiStop, InstanceInitiatedShutdownBehavior, Groups, SourceDestCheck } =
    request;
  const given = [InstanceType, UserData, DisableApiTermination, DisableApiStop, InstanceInitiatedShutdownBehavior, Groups, SourceDestCheck];
  const count = given.filter((each) => each !== undefined).length;
  if (count === 0) throw missingParameter('attribute');
  if (count > 1) throw new QueryError('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  if (Groups !== undefined) return changeOfGroups(Groups, call);
  const alone = (change: InstanceChange): Change => [change, async () => []];
  if (InstanceType !== undefined) {
    const { name } = readType(InstanceType.Value ?? '');
    return alone((record) => (record.instanceType === name ? record : { ...stopped(record, 'instanceType'), instanceType: name }));
  }
  if (UserData !== undefined) {
    const userData = readUserData(UserData.Value?.toString('base64'));
    return alone((record) => ({ ...stopped(record, 'userData'), userData }));
  }
  if (InstanceInitiatedShutdownBehavior !== undefined) {
    const shutdownBehavior = readShutdownBehavior(InstanceInitiatedShutdownBehavior.Value ?? '');
    return alone((record) => ({ ...record, shutdownBehavior }));
  }
  if (DisableApiTermination !== undefined) return alone((record) => ({ ...record, disableApiTermination: valueOf(DisableApiTermination) }));
  if (DisableApiStop !== undefined) return alone((record) => ({ ...record, disableApiStop: valueOf(DisableApiStop) }));
  const sourceDestCheck = valueOf(SourceDestCheck ?? {});
  return alone((record) => ({ ...record, interfaces: record.interfaces.map((each) => ({ ...each, sourceDestCheck })) }));
}

function valueOf({ Value }: AttributeBooleanValue): boolean {
  if (Value === undefined) throw missingParameter('Value');
  return Value;
}

/** Other groups for an instance's interface. They are among the conditions: none is deleted meanwhile. */
export async function changeOfGroups(ids: readonly string[], call: Ec2Call): Promise<Change> {
  if (ids.length === 0) throw missingParameter('groupId');
  const groupIds = [...new Set(ids)];
  checkGroupCount(groupIds.length);
  const { securityGroups } = call.state;
  const further = async () => {
    const groups = await Promise.all(groupIds.map((GroupId) => findSecurityGroup(call, { GroupId })));
    return groups.map((stored) => securityGroups.replace(stored, stored.record));
  };
  await further(); // throws what is wrong with them, also when nothing is to be done
  return [(record) => ({ ...record, interfaces: record.interfaces.map((each) => ({ ...each, groupIds })) }), further];
}

function stopped(record: InstanceRecord, attribute: string): InstanceRecord {
  if (instanceState(record) !== 'stopped')
    throw new QueryError(
      'IncorrectInstanceState',
      `The instance '${record.instanceId}' is not in the 'stopped' state, in which its '${attribute}' attribute can be changed.`,
    );
  return record;
}
