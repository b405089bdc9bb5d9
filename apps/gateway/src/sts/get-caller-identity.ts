import type { GetCallerIdentityResponse } from '@pilvi/aws-query/sts';
import type { QueryAction } from '../query/query-service.ts';

/** Who asks: clients begin with it. */
export const getCallerIdentity: QueryAction = {
  name: 'GetCallerIdentity',
  takes: [],
  async run(_request, { principal }): Promise<GetCallerIdentityResponse> {
    return { UserId: principal.accountId, Account: principal.accountId, Arn: principal.principal };
  },
};
