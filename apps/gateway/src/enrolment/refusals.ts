/** Why a machine is not enrolled: what the one who joins it is told, and the HTTP status. */
const REFUSALS = {
  'unknown-token': [403, 'this cluster knows no such token: it is of another cluster, or was revoked, or expired long ago'],
  'token-used': [403, 'this token was used already, and a token is good for one machine: make another with "npx pilvi token create"'],
  'token-expired': [403, 'this token has expired: make another with "npx pilvi token create"'],
  'no-authority': [
    409,
    "this gateway does not hold the key of the cluster's authority: join through the machine on which the cluster was made",
  ],
  'needs-etcd': [
    409,
    'this cluster keeps its control data in its one gateway; more gateways need etcd ("npx pilvi control-store move"): join with --role storage',
  ],
  'bad-signing-request': [400, 'the signing request cannot be used'],
  'name-taken': [409, 'the cluster has a machine of this name: choose another --name, or --replace if that machine is gone for good'],
  'still-there': [409, 'the machine that is to be replaced is connected: stop it first, or choose another --name'],
  overtaken: [409, 'another machine was faster: with this token, or this name'],
} as const satisfies Record<string, readonly [number, string]>;

export type EnrolRefusalCode = keyof typeof REFUSALS;

export class EnrolRefusal extends Error {
  override readonly name = 'EnrolRefusal';
  readonly code: EnrolRefusalCode;
  readonly status: number;

  constructor(code: EnrolRefusalCode, detail: string) {
    const [status, message] = REFUSALS[code];
    super(detail === '' ? message : `${message} (${detail})`);
    this.code = code;
    this.status = status;
  }
}

export function refuse(code: EnrolRefusalCode, detail = ''): EnrolRefusal {
  return new EnrolRefusal(code, detail);
}
