import { missingParameter } from '@pilvi/aws-query';
import type { ImportKeyPairRequest, ImportKeyPairResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { keepKeyPair } from '../keep-key-pair.ts';
import { readPublicKey } from '../key-material.ts';
import { tagList } from '../tags.ts';

export const importKeyPair = ec2Action<ImportKeyPairRequest, ImportKeyPairResult>({
  name: 'ImportKeyPair',
  takes: ['KeyName', 'PublicKeyMaterial', 'TagSpecifications'],
  resources: () => ['key-pair/*'],
  async run(request, call) {
    if (request.PublicKeyMaterial === undefined) throw missingParameter('PublicKeyMaterial');
    const { keyName, keyPairId, fingerprint, tags } = await keepKeyPair(call, request, readPublicKey(request.PublicKeyMaterial));
    return { KeyName: keyName, KeyPairId: keyPairId, KeyFingerprint: fingerprint, Tags: tagList(tags) };
  },
});
