import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { processNameOf } from '@pilvi/enrolment';
import type { Machine } from '@pilvi/enrolment';
import { issueCertificate, loadClusterAuthority, loadCredentials, saveCredentials } from '@pilvi/transport';
import type { ClusterPaths } from '../cluster-paths.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 60;

/** `ca.pem`, `cert.pem` and `key.pem` of this machine: all its processes are one to the others. */
export function machineTlsDir(paths: Pick<ClusterPaths, 'tlsDir'>): string {
  return join(paths.tlsDir, 'machine');
}

/** Where the machine on which the cluster was made keeps the cluster's authority. */
export function authorityDir(paths: Pick<ClusterPaths, 'tlsDir'>): string {
  return join(paths.tlsDir, 'authority');
}

/** Names and addresses that a machine's certificate carries beside its name. */
function hostsOf(machine: Machine): readonly string[] {
  return [machine.host, ...machine.roles.map((role) => processNameOf(machine, role))];
}

/**
 * A machine that holds the authority gives itself a new certificate at every start, so that none expires in use; the others keep the one they were enrolled with. Answers
 * what a person should know. Throws TransportError `bad-certificate` when there is none that can be used.
 */
export async function renewCertificate(paths: ClusterPaths, machine: Machine, nowMs: number): Promise<string | undefined> {
  const authority = await loadClusterAuthority(authorityDir(paths));
  if (authority !== undefined)
    await saveCredentials(machineTlsDir(paths), await issueCertificate(authority, { name: machine.name, hosts: hostsOf(machine) }));
  const { cert } = await loadCredentials(machineTlsDir(paths));
  const { validTo } = new X509Certificate(cert);
  const days = Math.floor((Date.parse(validTo) - nowMs) / DAY_MS);
  return days < SOON_DAYS
    ? `the certificate of this machine expires on ${validTo}: stop the machine, and enrol it again with "npx pilvi join ... --replace"`
    : undefined;
}
