export { accessSocketBeside } from './access-socket.ts';
export type { HealthDocument, ReadyDocument } from './health-document.ts';
export type { RestoredDocument, RestoredReport } from './restored-document.ts';
export type { ScrubDocument } from './scrub-document.ts';
export type {
  ComputeNodeStatus,
  ComputeStatus,
  NodeState,
  NodeStatus,
  ObjectsStatus,
  PartitionsStatus,
  ScrubStatus,
  StatusDocument,
} from './status-document.ts';
export type { NewTokenDocument, TokenListDocument, TokenStatus } from './token-document.ts';
export type { WhereDocument, PieceStatus, PieceCopy, CopyState } from './where-document.ts';
