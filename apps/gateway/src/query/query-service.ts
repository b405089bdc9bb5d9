import type { Form, ServiceShapes } from '@pilvi/aws-query';
import type { Clock, Logger } from '@pilvi/runtime';
import type { AccessKey, Authorize } from '../s3/components.ts';

/** Everything that the edge of the Query APIs stands on. */
export interface QueryComponents {
  readonly credentials: (accessKeyId: string) => AccessKey | undefined;
  readonly authorize: Authorize;
  readonly region: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly requestIds: () => string;
}

/** One service behind the Query edge: EC2, STS, ... */
export interface QueryService {
  /** Of the credential scope. */
  readonly name: string;
  readonly shapes: ServiceShapes;
  /** By name. What is not here is refused. */
  readonly actions: ReadonlyMap<string, QueryAction>;
  /** Whether the real service has such an action, built here or not. */
  readonly knows: (action: string) => boolean;
}

export interface QueryAction {
  /** As in AWS's API reference. */
  readonly name: string;
  /** The fields of the request that it understands; anything else is refused (see `readRequest`). */
  readonly takes: readonly string[];
  /** What it acts on, for `authorize`: `instance/i-...`; everything when it names nothing. */
  readonly resources?: (request: never) => readonly string[];
  readonly run: (request: never, call: QueryCall) => Promise<unknown>;
}

/** One request on its way to an answer, after its signature was verified. */
export interface QueryCall {
  readonly principal: AccessKey;
  readonly requestId: string;
  readonly form: Form;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}
