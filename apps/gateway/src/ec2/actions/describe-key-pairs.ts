import { QueryError } from '@pilvi/aws-query';
import type { DescribeKeyPairsRequest, DescribeKeyPairsResult } from '@pilvi/aws-query/ec2';
import { ec2Action } from '../ec2-action.ts';
import { applyFilters } from '../filters.ts';
import { KEY_PAIR } from '../kinds.ts';
import { named } from '../named-resources.ts';
import { tagList } from '../tags.ts';

export const describeKeyPairs = ec2Action<DescribeKeyPairsRequest, DescribeKeyPairsResult>({
  name: 'DescribeKeyPairs',
  takes: ['KeyNames', 'KeyPairIds', 'IncludePublicKey', 'Filters'],
  async run({ KeyNames = [], KeyPairIds = [], IncludePublicKey = false, Filters }, { state, signal }) {
    const all = (await state.keyPairs.all(signal)).map((stored) => stored.record);
    const byName = KeyNames.map((name) => {
      const known = all.find((record) => record.keyName === name);
      if (known === undefined) throw new QueryError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
      return known.keyPairId;
    });
    const found = applyFilters(
      named(all, [...byName, ...KeyPairIds], KEY_PAIR),
      Filters,
      { 'key-name': (key) => key.keyName, 'key-pair-id': (key) => key.keyPairId, fingerprint: (key) => key.fingerprint },
      (key) => key.tags,
    );
    return {
      KeyPairs: found.map((key) => ({
        KeyPairId: key.keyPairId,
        KeyName: key.keyName,
        KeyType: key.keyType,
        KeyFingerprint: key.fingerprint,
        PublicKey: IncludePublicKey ? key.publicKey : undefined,
        CreateTime: new Date(key.createdMs),
        Tags: tagList(key.tags),
      })),
    };
  },
});
