import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { EnrolmentError } from './errors.ts';
import { parseMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import { signingKeyOf } from './join-token.ts';
import type { JoinToken } from './join-token.ts';
import { createExchange } from './sealed.ts';
import type { Exchange } from './sealed.ts';

export const VERSION = 1;
/** What a signature is for is part of what is signed. */
const PURPOSE = 'pilvi enrolment request 1\0';

/** What a machine asks for. */
export interface EnrolRequest {
  readonly tokenId: string;
  readonly machine: Machine;
  /** PKCS#10, PEM: the key to be certified, whose private half stays on the machine. */
  readonly signingRequest: string;
  /** Of this exchange alone. */
  readonly exchangeKey: string;
  /** It takes the place of a machine of the same name that is gone for good. */
  readonly replaces: boolean;
}

/** As it goes over the network: JSON of this is the body. */
export interface SignedText {
  readonly version: number;
  /** JSON. */
  readonly payload: string;
  /** Over the payload, base64url. */
  readonly signature: string;
}

/** The joining machine's half of an exchange. */
export interface PreparedRequest {
  readonly body: string;
  /** What the answer has to answer. */
  readonly payload: string;
  readonly exchange: Exchange;
}

export function prepareRequest(token: JoinToken, asked: Pick<EnrolRequest, 'machine' | 'signingRequest' | 'replaces'>): PreparedRequest {
  const exchange = createExchange();
  const request: EnrolRequest = { tokenId: token.id, ...asked, exchangeKey: exchange.publicKey };
  const payload = JSON.stringify(request);
  const signature = sign(null, Buffer.from(PURPOSE + payload), signingKeyOf(token)).toString('base64url');
  return { body: JSON.stringify({ version: VERSION, payload, signature } satisfies SignedText), payload, exchange };
}

/** A request whose maker is not proved yet. */
export interface ReceivedRequest extends EnrolRequest {
  readonly payload: string;
  /** The same for the same request sent again, and for no other. */
  readonly digest: string;
  /** Whether it was made with the token that has this verifier. */
  isBy(verifier: string): boolean;
}

/** Throws EnrolmentError `malformed`. */
export function parseRequest(body: string): ReceivedRequest {
  const { payload, signature } = parseSigned(body);
  const { tokenId, machine, signingRequest, exchangeKey, replaces } = parseJson(payload) as Record<keyof EnrolRequest, unknown>;
  if (
    typeof tokenId !== 'string' ||
    typeof signingRequest !== 'string' ||
    typeof exchangeKey !== 'string' ||
    !/^[0-9a-f]{16}$/.test(tokenId)
  )
    throw new EnrolmentError('malformed', 'the request is not whole');
  return {
    tokenId,
    machine: parseMachine(machine),
    signingRequest,
    exchangeKey,
    replaces: replaces === true,
    payload,
    digest: createHash('sha256').update(payload).digest('hex'),
    isBy: (verifier) => verify(null, Buffer.from(PURPOSE + payload), createPublicKey(verifier), Buffer.from(signature, 'base64url')),
  };
}

/** Throws EnrolmentError `malformed`. */
export function parseSigned(body: string): SignedText {
  const { version, payload, signature } = parseJson(body) as Partial<SignedText>;
  if (version !== VERSION)
    throw new EnrolmentError('malformed', `the two sides enrol by different versions: ${String(version)}, ${String(VERSION)}`);
  if (typeof payload !== 'string' || typeof signature !== 'string') throw new EnrolmentError('malformed', 'nothing is signed');
  return { version, payload, signature };
}

export function parseJson(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EnrolmentError('malformed', 'it is no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new EnrolmentError('malformed', 'it is no JSON object');
  return value;
}
