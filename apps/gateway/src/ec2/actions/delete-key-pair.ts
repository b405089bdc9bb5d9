import { missingParameter } from '@pilvi/aws-query';
import type { DeleteKeyPairRequest, DeleteKeyPairResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { claimOwner, releaseClaim } from '../state/claims.ts';

/** Deleting one that is not there succeeds, as in EC2. Instances keep the key that they were launched with. */
export const deleteKeyPair = ec2Action<DeleteKeyPairRequest, DeleteKeyPairResult>({
  name: 'DeleteKeyPair',
  takes: ['KeyName', 'KeyPairId'],
  resources: ({ KeyName, KeyPairId }) => [`key-pair/${KeyName ?? KeyPairId ?? '*'}`],
  async run({ KeyName, KeyPairId }, { state }) {
    if (KeyName === undefined && KeyPairId === undefined) throw missingParameter('KeyName or KeyPairId');
    const deleted = await state.change(async () => {
      const id = KeyPairId ?? (await claimOwner(state, 'key-pair', KeyName ?? ''));
      const stored = id === undefined ? undefined : await state.keyPairs.get(id);
      if (stored === undefined) return { steps: [], result: undefined };
      const { keyPairId, keyName } = stored.record;
      const release = await releaseClaim(state, 'key-pair', keyName, keyPairId);
      return { steps: [state.keyPairs.remove(stored), ...release], result: keyPairId };
    });
    return { Return: true, KeyPairId: deleted };
  },
});
