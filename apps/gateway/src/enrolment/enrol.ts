import type { ControlStore } from '@pilvi/control-store';
import { answerRequest, parseRequest, processNameOf } from '@pilvi/enrolment';
import type { ClusterDescription, ReceivedRequest } from '@pilvi/enrolment';
import type { Clock, Logger } from '@pilvi/runtime';
import { certifyRequest } from '@pilvi/transport';
import type { ClusterAuthority } from '@pilvi/transport';
import { GATEWAY_PREFIX, MEMBER_PREFIX } from '../cluster/keys.ts';
import { gatewayAddressKey } from '../cluster/gateway-directory.ts';
import { decodeMember } from '../cluster/stored-form.ts';
import { decodeToken, encodeToken, tokenKey } from './join-tokens.ts';
import type { StoredToken } from './join-tokens.ts';
import { encodeMachine, machineKey } from './machines.ts';
import { refuse } from './refusals.ts';

export interface EnrolComponents {
  readonly control: ControlStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Undefined at a gateway that cannot certify. */
  readonly authority: ClusterAuthority | undefined;
  /** Whether only one gateway can serve: the control data lies in it. */
  readonly isEmbedded: boolean;
  readonly describeCluster: () => Omit<ClusterDescription, 'rootKey'>;
  readonly rootKey: NonNullable<ClusterDescription['rootKey']>;
  /** Whether a storage node of this name is connected now. */
  readonly isConnected: (node: string) => boolean;
}

/**
 * Enrols a machine that proves to hold a join token: one CAS uses the token up and records the machine, and only then the certificate is given out. Nothing is told to
 * anyone who does not hold a token of this cluster. Throws EnrolRefusal, EnrolmentError or ControlStoreError.
 */
export async function enrol(components: EnrolComponents, body: string): Promise<string> {
  const { control, clock, log, authority } = components;
  const request = parseRequest(body);
  const { machine } = request;
  const entry = await control.get(tokenKey(request.tokenId));
  const token = entry === undefined ? undefined : decodeToken(entry);
  if (entry === undefined || token === undefined || !request.isBy(token.verifier)) throw refuse('unknown-token');
  const nowMs = clock.wallMs();
  // Sent again, because the answer was lost: the same key for the same machine.
  const isAgain = token.used?.digest === request.digest;
  if (!isAgain) assertUsable(token, nowMs);
  if (authority === undefined) throw refuse('no-authority');
  if (machine.roles.includes('gateway') && components.isEmbedded) throw refuse('needs-etcd');
  const certificate = await certifyRequest(authority, {
    request: request.signingRequest,
    name: machine.name,
    hosts: [machine.host, ...machine.roles.map((role) => processNameOf(machine, role))],
  });
  if (certificate === undefined) throw refuse('bad-signing-request');
  if (!isAgain) {
    const known = await assertNameFree(components, request);
    const used: StoredToken = { ...token, used: { machine: machine.name, atMs: nowMs, digest: request.digest } };
    const taken = await control.txn(
      [
        { key: entry.key, modRevision: entry.modRevision },
        { key: machineKey(machine.name), modRevision: known },
      ],
      [
        { kind: 'put', key: entry.key, value: encodeToken(used) },
        { kind: 'put', key: machineKey(machine.name), value: encodeMachine(machine, nowMs) },
      ],
    );
    if (!taken.succeeded) throw refuse('overtaken');
    log.info({ machine: machine.name, roles: machine.roles, zone: machine.zone, token: request.tokenId }, 'machine enrolled');
  }
  const cluster = components.describeCluster();
  const needsRootKey = machine.roles.includes('gateway');
  return answerRequest(request, {
    authority,
    certificate,
    cluster: needsRootKey ? { ...cluster, rootKey: components.rootKey } : cluster,
  });
}

function assertUsable(token: StoredToken, nowMs: number): void {
  if (token.used !== undefined)
    throw refuse('token-used', `by machine "${token.used.machine}" at ${new Date(token.used.atMs).toISOString()}`);
  if (token.expiresMs <= nowMs) throw refuse('token-expired', `at ${new Date(token.expiresMs).toISOString()}`);
}

/**
 * A second machine of a name would retire the first one's disk (C6): it must say that it replaces it, and the first one must be silent. The revision of the record
 * that it takes the place of, 0 for none.
 */
async function assertNameFree({ control, isConnected }: EnrolComponents, { machine, replaces }: ReceivedRequest): Promise<number> {
  const node = processNameOf(machine, 'storage');
  const [known, gateway, presence, members] = await Promise.all([
    control.get(machineKey(machine.name)),
    control.get(gatewayAddressKey(processNameOf(machine, 'gateway'))),
    control.get(GATEWAY_PREFIX + processNameOf(machine, 'gateway')),
    control.range(MEMBER_PREFIX),
  ]);
  const isMember = members.entries
    .map((entry) => decodeMember(entry.value))
    .some((member) => member.name === node && member.state !== 'retired');
  if ((known !== undefined || gateway !== undefined || isMember) && !replaces) throw refuse('name-taken', `"${machine.name}"`);
  if (presence !== undefined || (isMember && isConnected(node))) throw refuse('still-there', `"${machine.name}"`);
  return known?.modRevision ?? 0;
}
