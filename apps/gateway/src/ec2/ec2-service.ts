import { EC2_ACTION_NAMES, EC2_SHAPES } from '@pilvi/aws-query';
import type { QueryService } from '../query/query-service.ts';
import { EC2_ACTIONS } from './actions.ts';
import type { Ec2Components } from './ec2-action.ts';

const KNOWN: ReadonlySet<string> = new Set(EC2_ACTION_NAMES);

/** The Amazon EC2 API, version 2016-11-15, as far as it is built. */
export function createEc2Service(components: Ec2Components): QueryService {
  return {
    name: 'ec2',
    shapes: EC2_SHAPES,
    actions: new Map(EC2_ACTIONS.map((action) => [action.name, action.on(components)])),
    knows: (action) => KNOWN.has(action),
  };
}
