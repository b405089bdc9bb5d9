import type { Reservation, RunInstancesRequest } from '@pilvi/aws-query/ec2';
import { idempotency } from '../client-token.ts';
import { requireComputeNode } from '../compute-room.ts';
import { ec2Action } from '../ec2-action.ts';
import { planLaunch } from '../launch.ts';
import { LAUNCH_FIELDS, readLaunchRequest } from '../launch-request.ts';
import { groupNames, shownReservations } from '../shown-instance.ts';

/**
 * Decides where instances run and commits that they should. Their nodes hear of it from the control store (`compute/compute-sessions.ts`); that they run is told by
 * the nodes alone.
 */
export const runInstances = ec2Action<RunInstancesRequest, Reservation>({
  name: 'RunInstances',
  takes: LAUNCH_FIELDS,
  resources: ({ ImageId = '*', KeyName, SubnetId }) => [
    'instance/*',
    `image/${ImageId}`,
    ...(KeyName === undefined ? [] : [`key-pair/${KeyName}`]),
    ...(SubnetId === undefined ? [] : [`subnet/${SubnetId}`]),
  ],
  async run(request, call) {
    const { state, region, signal } = call;
    const wanted = readLaunchRequest(request);
    const reservationId = await state.change(async () => {
      const { made, remember } = await idempotency(call, request.ClientToken);
      if (made !== undefined) return { steps: [], result: made };
      requireComputeNode(call);
      const launch = await planLaunch(call, wanted, request.ClientToken);
      return { steps: [...launch.steps, ...remember(launch.reservationId)], result: launch.reservationId };
    }, signal);
    const own = (await state.instances.all()).map((stored) => stored.record).filter((record) => record.reservationId === reservationId);
    const [reservation] = shownReservations(own, await groupNames(call), region);
    return reservation ?? { ReservationId: reservationId, Instances: [] };
  },
});
