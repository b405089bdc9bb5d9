export { readClaimedDigests, type ClaimedChecksum, type ClaimedDigests } from './body/claimed-digests.ts';
export {
  MAX_PUT_BYTES,
  openIncomingBody,
  readDocument,
  type BodyAuthentication,
  type BodyOptions,
  type OpenBody,
} from './body/incoming-body.ts';
export { renderErrorXml } from './render-error.ts';
export type { RequestHead, RequestHeaders } from './request-head.ts';
export { S3_ERRORS, type S3ErrorCode } from './s3-error-codes.ts';
export { S3Error, type S3ErrorOptions } from './s3-error.ts';
export { authenticate, type AuthenticationOptions } from './sigv4/authenticate.ts';
export type { AccessKeySecret, AnonymousRequest, Authentication, SignatureSeed, SignedRequest } from './sigv4/authentication.ts';
export { canonicalRequest } from './sigv4/canonical-request.ts';
export type { PayloadForm } from './sigv4/payload-form.ts';
export { signingKey } from './sigv4/signing-key.ts';
export { childOf, childrenOf, parseXml, requiredChild, textOf, type XmlNode } from './xml/xml-input.ts';
