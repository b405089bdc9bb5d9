export { TransportError } from './errors.ts';
export type { TransportErrorCode, TransportErrorDetails } from './errors.ts';
export { formatAddress, MAX_SOCKET_PATH_BYTES, parseAddress } from './address.ts';
export type { Address } from './address.ts';
export { CLUSTER_SERVER_NAME } from './security.ts';
export type { Security, TlsSecurity, UnixSecurity } from './security.ts';
export { serve } from './server.ts';
export type { RpcServer, RpcService, ServeOptions } from './server.ts';
export { serveHttp } from './serve-http.ts';
export type { HttpListener } from './serve-http.ts';
export { dial, waitForReady } from './channel.ts';
export type { ClientConstructor, DialOptions, RpcChannel } from './channel.ts';
export { callUnary } from './unary.ts';
export { createSessionClient } from './session-client.ts';
export type { SessionClient, SessionClientOptions, SessionRequestFrame, SessionResponseFrame } from './session-client.ts';
export type { SessionClientLimits } from './settings.ts';
export { serveSession } from './session-server.ts';
export type { ServeSessionOptions, SessionServerLimits } from './session-server.ts';
export { acceptPeerStream, openPeerStream, peerMethods } from './peer-stream.ts';
export type { PeerStream, PeerStreamEnd, PeerStreamFraming, PeerStreamHandlers } from './attended-stream.ts';
export {
  certifyRequest,
  createClusterAuthority,
  createSigningRequest,
  issueCertificate,
  loadClusterAuthority,
  loadCredentials,
  saveCredentials,
} from './cluster-authority.ts';
export type { ClusterAuthority } from './cluster-authority.ts';
export { createByteWindow } from './byte-window.ts';
export type { ByteWindow } from './byte-window.ts';
