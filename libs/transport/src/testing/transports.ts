import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClusterAuthority, issueCertificate } from '../cluster-authority.ts';
import type { Security } from '../security.ts';

/** A place to serve, and who is let in, for tests that run over both transports. */
export interface TestTransport extends AsyncDisposable {
  /** To serve; port 0 for TCP. */
  readonly address: string;
  readonly security: Security;
  readonly directory: string;
}

export type TransportKind = 'unix' | 'tls';

export async function testTransport(kind: TransportKind): Promise<TestTransport> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-transport-'));
  const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true });
  if (kind === 'unix')
    return { address: `unix:${join(directory, 'test.sock')}`, security: { kind: 'unix' }, directory, [Symbol.asyncDispose]: dispose };
  const authority = await createClusterAuthority(directory);
  const security = await issueCertificate(authority, { name: 'test' });
  return { address: '127.0.0.1:0', security, directory, [Symbol.asyncDispose]: dispose };
}
