import type { Answer, Packet, Question } from 'dns-packet';
import { addressNumber, contains, parseCidr } from './ipv4.ts';
import { ENDPOINT_ADDRESS } from './well-known.ts';

/** What the name service knows by itself. */
export interface OwnNames {
  readonly vpcCidrs: readonly string[];
  /** Zones of private names as EC2 gives them: "ec2.internal", "eu-north-1.compute.internal". */
  readonly zones: readonly string[];
  readonly endpointName: string | undefined;
}

/** How the zone names are told from outside ones: by their end. */
const TTL_SECONDS = 60;

/**
 * Answers a question about our own names; undefined: it is about the world. A private name says its address ("ip-10-201-0-5.ec2.internal"), so names are
 * right on every node without asking anybody.
 */
export function answerOwnName(
  question: Question,
  own: OwnNames,
): (Pick<Packet, 'answers'> & { rcode: 'NOERROR' | 'NXDOMAIN' }) | undefined {
  const name = question.name.toLowerCase();
  const found = (answers: Answer[]): { rcode: 'NOERROR'; answers: Answer[] } => ({ rcode: 'NOERROR', answers });
  if (own.endpointName !== undefined && isOrIsBelow(name, own.endpointName)) {
    return found(question.type === 'A' ? [{ name: question.name, type: 'A', ttl: TTL_SECONDS, data: ENDPOINT_ADDRESS }] : []);
  }
  if (own.zones.some((zone) => isOrIsBelow(name, zone))) {
    const address = addressInName(name);
    if (address === undefined || !own.vpcCidrs.some((cidr) => contains(parseCidr(cidr), address)))
      return { rcode: 'NXDOMAIN', answers: [] };
    return found(question.type === 'A' ? [{ name: question.name, type: 'A', ttl: TTL_SECONDS, data: address }] : []);
  }
  const reversed = addressInReverseName(name);
  if (reversed !== undefined && own.vpcCidrs.some((cidr) => contains(parseCidr(cidr), reversed))) {
    const target = `ip-${reversed.replaceAll('.', '-')}.${own.zones[0] ?? 'ec2.internal'}`;
    return found(question.type === 'PTR' ? [{ name: question.name, type: 'PTR', ttl: TTL_SECONDS, data: target }] : []);
  }
  return undefined;
}

function isOrIsBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function addressInName(name: string): string | undefined {
  return validAddress(/^ip-(\d+)-(\d+)-(\d+)-(\d+)\./.exec(name)?.slice(1));
}

function addressInReverseName(name: string): string | undefined {
  return validAddress(/^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(name)?.slice(1).toReversed());
}

function validAddress(bytes: string[] | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    addressNumber(bytes.join('.'));
    return bytes.join('.');
  } catch {
    return undefined;
  }
}
