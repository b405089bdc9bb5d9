import { endpointOf } from '../config.ts';
import type { Config } from '../config.ts';
import { checkSpace, holdDataDirectory } from '../data-directory.ts';
import type { LocalPlan } from '../local-plan.ts';
import { checkPortFree } from '../ports.ts';
import { ensureRootKey, isRootKeyMissing } from '../root-key.ts';
import { renewCertificate } from './machine-credentials.ts';
import type { MachineFile } from './machine-file.ts';
import { planMachine } from './machine-plan.ts';

/** What this machine runs: its part of a cluster of several. Where S3 is served may be set anew by PILVI_BIND and PILVI_PORT. */
export async function openMachine(config: Config, env: NodeJS.ProcessEnv, file: MachineFile): Promise<LocalPlan> {
  const held = await holdDataDirectory(config.dataDir);
  try {
    await checkSpace(config.dataDir);
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
  const http = { bind: env['PILVI_BIND'] ?? file.http.bind, port: env['PILVI_PORT'] === undefined ? file.http.port : config.port };
  const isGateway = file.machine.roles.includes('gateway');
  return {
    http: { bind: http.bind, ports: isGateway ? [http.port] : [] },
    region: file.region,
    command: config.command,
    noCompute: '',
    endpoints: isGateway ? [endpointOf({ ...http, tls: config.tls })] : [],
    transport: 'TCP with mutual TLS',
    async prepare(paths) {
      if (config.metricsPort !== undefined && file.machine.roles.includes('storage'))
        await checkPortFree(file.machine.host, config.metricsPort);
      const notice = await renewCertificate(paths, file.machine, Date.now());
      const rootKeyMade = isGateway && (await isRootKeyMissing(config));
      const rootKey = isGateway ? await ensureRootKey(config) : { accessKeyId: '', secretAccessKey: '' };
      return {
        plans: planMachine({ file: { ...file, http }, tls: config.tls, paths, rootKey, metricsPort: config.metricsPort }),
        rootKey,
        rootKeyMade,
        notices: notice === undefined ? [] : [notice],
        mendCertificate: () => Promise.resolve(false),
      };
    },
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}
