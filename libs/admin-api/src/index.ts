export type { HealthDocument, ReadyDocument } from './health-document.ts';
export type { ScrubDocument } from './scrub-document.ts';
export type { StatusDocument, ScrubStatus, NodeStatus, NodeState, PartitionsStatus, ObjectsStatus } from './status-document.ts';
export type { NewTokenDocument, TokenListDocument, TokenStatus } from './token-document.ts';
export type { WhereDocument, PieceStatus, PieceCopy, CopyState } from './where-document.ts';
