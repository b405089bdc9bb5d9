import { memberFromProto } from '@pilvi/cluster-map';
import type { Incarnation, Member } from '@pilvi/cluster-map';
import type { JoinRequest } from '@pilvi/contracts/cluster/v1/service';
import type { Change, Compare, ControlStore } from '@pilvi/control-store';
import { memberKey, MEMBER_PREFIX, PARTITION_PREFIX } from './keys.ts';
import { decodeConfig, decodeMember, encodeMember } from './stored-form.ts';

/** Version of what nodes and gateways say to each other; raised when an old one could misunderstand. */
export const PROTOCOL_VERSION = 2;

export type JoinRefusal = 'other-cluster' | 'other-protocol' | 'retired' | 'malformed';

const ATTEMPTS = 10;

/**
 * Registers an incarnation. A new incarnation under a known name retires the old one at once (C6): its disk is gone,
 * so waiting for it would only delay the refill.
 */
export async function join(control: ControlStore, clusterId: string, request: JoinRequest, wallMs: number): Promise<Member | JoinRefusal> {
  if (request.protocol !== PROTOCOL_VERSION) return 'other-protocol';
  if (request.clusterId !== '' && request.clusterId !== clusterId) return 'other-cluster';
  if (request.member === undefined || request.member.incarnation === '' || request.member.name === '') return 'malformed';
  const asked = memberFromProto(request.member);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const page = await control.range(MEMBER_PREFIX);
    const known = page.entries.map((entry) => ({ entry, member: decodeMember(entry.value) }));
    const own = known.find((k) => k.member.incarnation === asked.incarnation);
    const isBack = own?.member.state === 'retired' && (await isStillInSync(control, asked.incarnation));
    if (own?.member.state === 'retired' && !isBack) return 'retired';
    const member: Member = {
      ...asked,
      state: isBack ? 'active' : (own?.member.state ?? 'active'),
      joinedMs: own?.member.joinedMs ?? wallMs,
      lastSeenMs: 0,
    };
    const replaced = known.filter(
      (k) => k.member.name === asked.name && k.member.incarnation !== asked.incarnation && k.member.state !== 'retired',
    );
    const compares: Compare[] = [{ key: memberKey(member.incarnation), modRevision: own?.entry.modRevision ?? 0 }];
    const changes: Change[] = [{ kind: 'put', key: memberKey(member.incarnation), value: encodeMember(member) }];
    for (const { entry, member: old } of replaced) {
      compares.push({ key: entry.key, modRevision: entry.modRevision });
      changes.push({ kind: 'put', key: entry.key, value: encodeMember({ ...old, state: 'retired' }) });
    }
    if (own !== undefined && replaced.length === 0 && sameMember(own.member, member)) return member;
    if ((await control.txn(compares, changes)).succeeded) return member;
  }
  throw new Error('joining: the member list kept changing');
}

/**
 * A retired incarnation may come back, as after any other absence, while a partition still counts it in sync: nothing can have committed without it
 * (I1). So a disk that was set aside, when every other copy was lost too, can be put back.
 */
async function isStillInSync(control: ControlStore, node: Incarnation): Promise<boolean> {
  const page = await control.range(PARTITION_PREFIX);
  return page.entries.some((entry) => decodeConfig(entry.value).inSync.includes(node));
}

function sameMember(a: Member, b: Member): boolean {
  return a.name === b.name && a.zone === b.zone && a.weight === b.weight && a.address === b.address && a.state === b.state;
}
