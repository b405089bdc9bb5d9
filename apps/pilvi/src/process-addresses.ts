import { join } from 'node:path';
import type { ClusterPaths } from './cluster-paths.ts';
import { issueCertificates } from './cluster-certificates.ts';
import type { Transport } from './config.ts';
import type { ClusterShape } from './data-directory.ts';
import { freeLoopbackPorts } from './ports.ts';
import { computeNames, servingNames } from './process-plan.ts';

/** Where each process serves gRPC, and with which certificates, by its name. */
export interface ProcessAddresses {
  readonly addresses: ReadonlyMap<string, string>;
  /** Empty when nothing is served over TCP. */
  readonly tlsDirs: ReadonlyMap<string, string>;
}

/** Who reads the metrics of storage nodes at their ports; its certificate lies beside theirs. */
const SCRAPER = 'prometheus';

/** Sockets in the run directory; or ports of the loopback interface, that stay the same while `up` runs, with certificates of the cluster CA. */
export async function planAddresses(input: {
  transport: Transport;
  gateways: number;
  computeNodes: number;
  shape: ClusterShape;
  paths: ClusterPaths;
  /** The first port at which storage nodes serve metrics, where they do: by mutual TLS. */
  metricsPort?: number | undefined;
}): Promise<ProcessAddresses> {
  const names = servingNames(input.gateways, input.shape);
  const issued = [...names, ...computeNames(input.computeNodes), ...(input.metricsPort === undefined ? [] : [SCRAPER])];
  switch (input.transport) {
    case 'unix':
      return {
        addresses: new Map(names.map((name) => [name, `unix:${join(input.paths.socketDir, `${name}.sock`)}`])),
        tlsDirs: input.metricsPort === undefined ? new Map() : await issueCertificates(input.paths.tlsDir, issued),
      };
    case 'tcp': {
      const ports = await freeLoopbackPorts(names.length);
      const tlsDirs = await issueCertificates(input.paths.tlsDir, issued);
      return { addresses: new Map(names.map((name, i) => [name, `127.0.0.1:${String(ports[i])}`])), tlsDirs };
    }
  }
}
