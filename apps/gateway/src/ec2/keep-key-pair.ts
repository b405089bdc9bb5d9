import { invalidParameter, missingParameter, QueryError } from '@pilvi/aws-query';
import type { TagSpecification } from '@pilvi/aws-query/ec2';
import { type KeyPairRecord, newId } from '@pilvi/compute-model';
import type { Ec2Call } from './ec2-action.ts';
import { claimOwner, nameClaim } from './state/claims.ts';
import { tagsOnCreate } from './tags.ts';

/** Keeps a public key under a new name. Throws InvalidKeyPair.Duplicate. */
export async function keepKeyPair(
  { state, random, clock }: Ec2Call,
  {
    KeyName,
    TagSpecifications,
  }: { readonly KeyName?: string | undefined; readonly TagSpecifications?: readonly TagSpecification[] | undefined },
  material: Pick<KeyPairRecord, 'keyType' | 'fingerprint' | 'publicKey'>,
): Promise<KeyPairRecord> {
  const keyName = checkKeyName(KeyName);
  const tags = tagsOnCreate(TagSpecifications, ['key-pair'])['key-pair'];
  const { keyType, fingerprint, publicKey } = material;
  const record: KeyPairRecord = {
    keyPairId: newId('key', random),
    keyName,
    keyType,
    fingerprint,
    publicKey,
    createdMs: clock.wallMs(),
    tags,
  };
  return state.change(async () => {
    if ((await claimOwner(state, 'key-pair', keyName)) !== undefined)
      throw new QueryError('InvalidKeyPair.Duplicate', `The keypair already exists: ${keyName}`);
    const { keyPairId } = record;
    return { steps: [state.keyPairs.create(keyPairId, record), nameClaim(state, 'key-pair', keyName, keyPairId)], result: record };
  });
}

export function checkKeyName(name: string | undefined): string {
  if (name === undefined || name === '') throw missingParameter('KeyName');
  if (!/^[\x20-\x7e]{1,255}$/.test(name) || name !== name.trim()) throw invalidParameter('KeyName', name, 'Up to 255 ASCII characters.');
  return name;
}
