import type { Step } from './collection.ts';
import type { Ec2State } from './ec2-state.ts';

/** What only one may have: a key pair's name, a group's name in its VPC, an address. */
export type ClaimKind = 'group' | 'key-pair' | 'image' | 'launch-template' | 'private-address' | 'public-address';

/** Fails when another has it. */
export function nameClaim(state: Ec2State, kind: ClaimKind, name: string, ownerId: string): Step {
  return state.claims.create(claimId(kind, name), { ownerId });
}

/** Who has it. */
export async function claimOwner(state: Ec2State, kind: ClaimKind, name: string): Promise<string | undefined> {
  return (await state.claims.get(claimId(kind, name)))?.record.ownerId;
}

/** Lets go of what `ownerId` has, if it has it. */
export async function releaseClaim(state: Ec2State, kind: ClaimKind, name: string, ownerId: string): Promise<Step[]> {
  const stored = await state.claims.get(claimId(kind, name));
  return stored?.record.ownerId === ownerId ? [state.claims.remove(stored)] : [];
}

/** Encoded: a name may hold slashes. */
function claimId(kind: ClaimKind, name: string): string {
  return `${kind}/${encodeURIComponent(name)}`;
}
