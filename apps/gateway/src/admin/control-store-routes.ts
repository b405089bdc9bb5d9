import type { Express } from 'express';
import { ControlStoreError, parseControlStoreAddress } from '@pilvi/control-store';
import type { Logger } from '@pilvi/runtime';
import type { EtcdConfig } from '../config.ts';

interface Components {
  readonly moveControl: (etcd: EtcdConfig, signal: AbortSignal) => Promise<void>;
  /** Ends this process in good order, to be started again. */
  readonly restart: () => void;
  readonly log: Logger;
}

/** `POST /_pilvi/control-store/move?address=&ca=&cert=&key=[&serverName=]`: `pilvi control-store move`. */
export function addControlStoreRoutes(app: Express, { moveControl, restart, log }: Components): void {
  app.post('/_pilvi/control-store/move', async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => {
      gone.abort();
    });
    try {
      await moveControl(readTarget(request.query), gone.signal);
    } catch (error) {
      if (!(error instanceof ControlStoreError)) throw error;
      log.warn({ err: error }, 'the control data was not moved');
      response.status(409).json({ message: error.message });
      return;
    }
    // Also when nobody waits for the answer any more: what was moved is not served here again.
    if (response.closed) restart();
    else response.on('close', restart);
    response.json({});
  });
}

/** Throws ControlStoreError `bad-address`. */
function readTarget(query: Readonly<Record<string, unknown>>): EtcdConfig {
  const text = (name: string): string => {
    const value = query[name];
    if (typeof value !== 'string' || value === '') throw new ControlStoreError('bad-address', `${name} is missing`);
    return value;
  };
  const address = parseControlStoreAddress(text('address'));
  if (address.kind !== 'etcd') throw new ControlStoreError('bad-address', 'control data can be moved to etcd only');
  const { endpoints, cluster } = address;
  const serverName = typeof query['serverName'] === 'string' ? query['serverName'] : undefined;
  return { endpoints, cluster, caFile: text('ca'), certFile: text('cert'), keyFile: text('key'), serverName };
}
