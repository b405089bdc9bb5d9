import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto';
import type { ClusterAuthority } from '@pilvi/transport';
import { parseJson, parseSigned, VERSION } from './enrol-request.ts';
import type { PreparedRequest, ReceivedRequest, SignedText } from './enrol-request.ts';
import { EnrolmentError } from './errors.ts';
import { pinOf } from './join-token.ts';
import type { JoinToken } from './join-token.ts';
import { createExchange } from './sealed.ts';

/** No certificate begins with it: what the authority signs here can be taken for none. */
const PURPOSE = 'pilvi enrolment answer 1\0';
const DIGEST = 'sha256';

/** What a machine must know of its cluster to run. */
export interface ClusterDescription {
  readonly clusterId: string;
  /** gRPC addresses of all gateways. */
  readonly gateways: readonly string[];
  readonly copies: number;
  readonly partitions: number;
  /** The first placement waits for so many storage nodes. */
  readonly expectedNodes: number;
  readonly region: string;
  readonly domain: string;
  /** `embedded`, or `etcd://...`. */
  readonly controlStore: string;
  /** For a machine with a gateway only: the root account's key. */
  readonly rootKey?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

interface AnswerPayload {
  /** PEM. */
  readonly authority: string;
  readonly certificate: string;
  readonly exchangeKey: string;
  /** A ClusterDescription. */
  readonly sealed: string;
}

/** The gateway's answer. Throws EnrolmentError `malformed` when the request holds no key to seal for. */
export function answerRequest(
  request: Pick<ReceivedRequest, 'payload' | 'exchangeKey'>,
  answer: { readonly authority: ClusterAuthority; readonly certificate: string; readonly cluster: ClusterDescription },
): string {
  const exchange = createExchange();
  const payload = JSON.stringify({
    authority: answer.authority.certificate,
    certificate: answer.certificate,
    exchangeKey: exchange.publicKey,
    sealed: exchange.seal(request.exchangeKey, request.payload, JSON.stringify(answer.cluster)),
  } satisfies AnswerPayload);
  const signature = sign(DIGEST, signedBytes(request.payload, payload), createPrivateKey(answer.authority.key)).toString('base64url');
  return JSON.stringify({ version: VERSION, payload, signature } satisfies SignedText);
}

export interface Enrolment {
  /** PEM texts. */
  readonly authority: string;
  readonly certificate: string;
  readonly cluster: ClusterDescription;
}

/** Believes an answer only when the authority that the token pins made it, for this request, with this machine's key. Throws EnrolmentError. */
export function openAnswer(token: Pick<JoinToken, 'pin'>, request: PreparedRequest, ownKey: string, body: string): Enrolment {
  const { payload, signature } = parseSigned(body);
  const { authority, certificate, exchangeKey, sealed } = parseJson(payload) as AnswerPayload;
  try {
    const { publicKey } = new X509Certificate(authority);
    if (!pinOf(authority).equals(token.pin)) throw notAuthentic('it has another authority than the cluster that made the token');
    if (!verify(DIGEST, signedBytes(request.payload, payload), publicKey, Buffer.from(signature, 'base64url')))
      throw notAuthentic('the answer is not signed by the authority');
    const issued = new X509Certificate(certificate);
    if (!issued.verify(publicKey) || !issued.checkPrivateKey(createPrivateKey(ownKey)))
      throw notAuthentic('the certificate is not for our key');
  } catch (error) {
    if (error instanceof EnrolmentError) throw error;
    throw new EnrolmentError('malformed', 'the answer cannot be read', { cause: error });
  }
  const cluster = parseJson(request.exchange.open(exchangeKey, request.payload, sealed)) as ClusterDescription;
  return { authority, certificate, cluster };
}

function signedBytes(request: string, answer: string): Buffer {
  return Buffer.from(JSON.stringify([PURPOSE, request, answer]));
}

function notAuthentic(what: string): EnrolmentError {
  return new EnrolmentError('not-authentic', `whoever answers is not the cluster of this token: ${what}`);
}
