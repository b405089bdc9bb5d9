import type { Reservation, RunInstancesRequest } from '@pilvi/aws-query/ec2';
import { idempotency } from '../client-token.ts';
import { requireComputeNode } from '../compute-room.ts';
import { ec2Action, type Ec2Call } from '../ec2-action.ts';
import { findLaunchTemplate, findVersion } from '../find-launch-template.ts';
import { planLaunch } from '../launch.ts';
import { LAUNCH_FIELDS, type LaunchRequest, readLaunchRequest } from '../launch-request.ts';
import { mergeLaunch, withoutEmptyTexts } from '../merge-launch.ts';
import { groupNames, shownReservations } from '../shown-instance.ts';

/**
 * Decides where instances run and commits that they should. Their nodes hear of it from the control store (`compute/compute-sessions.ts`); that they run is told by
 * the nodes alone.
 */
export const runInstances = ec2Action<RunInstancesRequest, Reservation>({
  name: 'RunInstances',
  takes: LAUNCH_FIELDS,
  resources: ({ ImageId = '*', KeyName, SubnetId, LaunchTemplate }) => [
    'instance/*',
    `image/${ImageId}`,
    ...(KeyName === undefined ? [] : [`key-pair/${KeyName}`]),
    ...(SubnetId === undefined ? [] : [`subnet/${SubnetId}`]),
    ...(LaunchTemplate === undefined ? [] : [`launch-template/${LaunchTemplate.LaunchTemplateId ?? '*'}`]),
  ],
  async run(request, call) {
    const { state, region, signal } = call;
    const reservationId = await state.change(async () => {
      const { made, remember } = await idempotency(call, request.ClientToken);
      if (made !== undefined) return { steps: [], result: made };
      const wanted = await wantedLaunch(request, call);
      requireComputeNode(call);
      const launch = await planLaunch(call, wanted, request.ClientToken);
      return { steps: [...launch.steps, ...remember(launch.reservationId)], result: launch.reservationId };
    }, signal);
    const own = (await state.instances.all()).map((stored) => stored.record).filter((record) => record.reservationId === reservationId);
    const [reservation] = shownReservations(own, await groupNames(call), region);
    return reservation ?? { ReservationId: reservationId, Instances: [] };
  },
});

/** With what its launch template says, if it names one. The instance tells its template by two tags, as EC2's do. */
async function wantedLaunch(request: RunInstancesRequest, call: Ec2Call): Promise<LaunchRequest> {
  const { LaunchTemplate, ...own } = withoutEmptyTexts(request);
  if (LaunchTemplate === undefined) return readLaunchRequest(own);
  const template = (await findLaunchTemplate(call, LaunchTemplate)).record;
  const { version, data } = await findVersion(call, template, LaunchTemplate.Version ?? '$Default');
  const wanted = readLaunchRequest(mergeLaunch(data, own));
  const { launchTemplateId } = template;
  const tags = { ...wanted.tags, 'aws:ec2launchtemplate:id': launchTemplateId, 'aws:ec2launchtemplate:version': String(version) };
  return { ...wanted, tags };
}
