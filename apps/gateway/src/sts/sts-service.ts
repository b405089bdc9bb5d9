import { STS_ACTION_NAMES, STS_SHAPES } from '@pilvi/aws-query';
import type { QueryService } from '../query/query-service.ts';
import { getCallerIdentity } from './get-caller-identity.ts';

/** As much of the Security Token Service as clients of the other services need. */
export const STS: QueryService = {
  name: 'sts',
  shapes: STS_SHAPES,
  actions: new Map([[getCallerIdentity.name, getCallerIdentity]]),
  knows: (action) => STS_ACTION_NAMES.includes(action),
};
