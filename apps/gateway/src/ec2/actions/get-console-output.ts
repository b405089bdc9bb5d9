import { missingParameter, QueryError } from '@pilvi/aws-query';
import type { GetConsoleOutputRequest, GetConsoleOutputResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { INSTANCE } from '../kinds.ts';
import { checkIds, notFound } from '../named-resources.ts';

/** The newest 64 KiB, asked of the node itself. */
export const getConsoleOutput = ec2Action<GetConsoleOutputRequest, GetConsoleOutputResult>({
  name: 'GetConsoleOutput',
  takes: ['InstanceId', 'Latest'],
  resources: ({ InstanceId = '*' }) => [`instance/${InstanceId}`],
  async run({ InstanceId }, { state, sessions, signal, clock }) {
    if (InstanceId === undefined) throw missingParameter('InstanceId');
    checkIds([InstanceId], INSTANCE);
    const stored = await state.instances.get(InstanceId, signal);
    if (stored === undefined) throw notFound([InstanceId], INSTANCE);
    if (sessions.connected(stored.record.nodeId) === undefined)
      throw new QueryError('Unavailable', `The node of ${InstanceId} is out of reach. Try again.`);
    const console = await sessions.console(stored.record.nodeId, InstanceId, signal);
    return {
      InstanceId,
      Timestamp: new Date(console?.writtenMs ?? clock.wallMs()),
      Output: console?.output.toString('base64') ?? '',
    };
  },
});
