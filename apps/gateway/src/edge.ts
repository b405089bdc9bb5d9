import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayContext, OpenStore } from './context.ts';
import { createEc2Service } from './ec2/ec2-service.ts';
import { credentialService } from './query/credential-service.ts';
import { createQueryApp } from './query/query-app.ts';
import { authorize, rootAccount } from './root-account.ts';
import { createS3App } from './s3/s3-app.ts';
import { STS } from './sts/sts-service.ts';

/** What of a gateway the edge stands on. */
export type EdgeComponents = Pick<GatewayContext, 'clock' | 'log' | 'random' | 'compute'> & {
  readonly metrics: Pick<GatewayContext['metrics'], 's3'>;
  readonly config: Pick<GatewayContext['config'], 'region' | 'domains' | 'root'>;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** All services behind one port: the scope of a request's signature says which one it is for. */
export function createEdge(context: EdgeComponents, { objects, buckets, ec2 }: Omit<OpenStore, 'control'>): Handler {
  const { config, clock, log, random, compute, metrics } = context;
  const account = rootAccount(config.root.secretAccessKey);
  const shared = {
    credentials: (accessKeyId: string) => (accessKeyId === config.root.accessKeyId ? account : undefined),
    authorize,
    region: config.region,
    clock,
    log,
  };
  const requestIds = (): string => random.hex(8).toUpperCase();
  const s3 = createS3App({ ...shared, objects, buckets, domains: config.domains, requestIds, observer: metrics.s3 });
  const query = { ...shared, requestIds: () => requestUuid(random) };
  const ec2Service = createEc2Service({ ...shared, state: ec2, sessions: compute, objects, buckets, random });
  const services = new Map([STS, ec2Service].map((service) => [service.name, createQueryApp(query, service)]));
  return (request, response) => {
    const handle = services.get(credentialService(request)) ?? s3;
    handle(request, response);
  };
}

/** Request ids as the Query APIs make them. */
function requestUuid(random: { hex(bytes: number): string }): string {
  return random.hex(16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
