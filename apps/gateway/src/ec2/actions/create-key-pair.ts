import { invalidParameter, QueryError } from '@pilvi/aws-query';
import type { CreateKeyPairRequest, KeyPair } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { checkKeyName, keepKeyPair } from '../keep-key-pair.ts';
import { makeKeyPair } from '../key-material.ts';
import { tagList } from '../tags.ts';

/** The private key is told once, and kept nowhere. */
export const createKeyPair = ec2Action<CreateKeyPairRequest, KeyPair>({
  name: 'CreateKeyPair',
  takes: ['KeyName', 'KeyType', 'KeyFormat', 'TagSpecifications'],
  resources: () => ['key-pair/*'],
  async run(request, call) {
    const { KeyType = 'rsa', KeyFormat = 'pem' } = request;
    if (KeyType !== 'rsa' && KeyType !== 'ed25519') throw invalidParameter('KeyType', KeyType, 'Expecting rsa or ed25519.');
    if (KeyFormat === 'ppk') throw new QueryError('UnsupportedOperation', 'Pilvi makes keys in the format pem only.');
    if (KeyFormat !== 'pem') throw invalidParameter('KeyFormat', KeyFormat);
    const material = await makeKeyPair(KeyType, checkKeyName(request.KeyName));
    const record = await keepKeyPair(call, request, material);
    return {
      KeyName: record.keyName,
      KeyPairId: record.keyPairId,
      KeyFingerprint: record.fingerprint,
      KeyMaterial: material.privateKey,
      Tags: tagList(record.tags),
    };
  },
});
