import { dirname } from 'node:path';
import { runProgram } from './run-program.ts';

export interface FetchOptions {
  /** Of a registry that has no certificate which this machine trusts. */
  readonly insecure: boolean;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Copies what skopeo knows by this reference (`docker://...`, `docker-daemon:...`, `oci:...`; containers-transports(5)) into an OCI archive, for this
 * machine's architecture. Its scratch files lie beside the archive. ImageError `unsupported` without skopeo, `no-space`, or `failed` with its words.
 */
export async function fetchArchive(reference: string, file: string, { insecure, onLine, signal }: FetchOptions): Promise<void> {
  const flags = ['--insecure-policy', ...(insecure ? ['--src-tls-verify=false'] : [])];
  await runProgram('skopeo', ['copy', ...flags, reference, `oci-archive:${file}:image`], {
    signal,
    env: { TMPDIR: dirname(file) },
    onOutput: onLine,
  });
}
