import type { PlacementAdvice, ProposeConfig } from '@pilvi/contracts/cluster/v1/service';
import type { Clock, Supervisor } from '@pilvi/runtime';
import { dial, parseAddress, TransportError } from '@pilvi/transport';
import type { Security } from '@pilvi/transport';
import { keepGatewayList, readGatewayList } from './gateway-list.ts';
import { runSession } from './gateway-session.ts';
import type { Session, SessionComponents } from './gateway-session.ts';

const HEARTBEAT_MS = 1_000;
/** Changes of role are told at once, but gathered for this long. */
const HEARTBEAT_GATHER_MS = 20;
/** Of those that come one after the other, as in a failover, a heartbeat tells so often: each tells of every partition. */
const NUDGE_EVERY_MS = 100;
/** After a gateway that is not there; the connection has a pace of its own. */
const ABSENT_RETRY_MS = 15;
/** After one that ended the session: killed, it is back about then. */
const ENDED_RETRY_MS = 25;
/** After one that refused it. */
const RETRY_MS = 50;
/**
 * A gateway of this machine that was killed is back at once, and all clients wait until it has heard of its nodes. An attempt every 30 ms takes some 8 % of a
 * processor for as long as a gateway stays away; every 250 ms it was half of that.
 */
const RECONNECT_CAP_MS = { unix: 30, tcp: undefined } as const;

interface Components extends Omit<SessionComponents, 'onGateways'> {
  /** The gateways it is configured with, and where it keeps those that it learns of. */
  readonly config: { readonly gateways: readonly string[]; readonly dataDir: string };
  readonly security: (address: string) => Security;
  readonly clock: Clock;
  readonly supervisor: Supervisor;
}

/** This node's sessions, one to every gateway (C2). */
export interface GatewayLinks {
  /** Hands a proposal to the gateway heard last; when it is said again, to every one reached: each makes the same CAS, and one at most wins. */
  propose(proposal: ProposeConfig): void;
  /** Whether a session to any gateway is open now. */
  connected(): boolean;
  /** How many sessions are open now. */
  open(): number;
  /** Something changed that the gateways should know before the next heartbeat. */
  nudge(): void;
}

/** Joins the cluster and keeps a session to each gateway until the supervisor stops. */
export function createGatewayLinks(components: Components): GatewayLinks {
  const { config, security, supervisor, clock } = components;
  const links = new Map<string, AbortController>();
  // In the order in which they were heard, the last one last.
  const sessions = new Set<Session>();
  const proposed = new Map<number, string>();
  const advice = createAdviceGate(components.onAdvice);
  let nudged = false;
  let nudgedMs = -Infinity;

  const beat = (session: Session): void => void session.write({ body: { $case: 'heartbeat', value: components.heartbeat() } });
  const beatAll = (): void => {
    for (const session of sessions) beat(session);
  };
  const onGateways = (told: readonly string[]): void => {
    if (told.length === 0) return;
    keepLinks(told);
    supervisor.run('gateway-list', () => keepGatewayList(config.dataDir, told));
  };
  const keepLink = async (address: string, signal: AbortSignal): Promise<void> => {
    await using channel = dial({ address, security: security(address), reconnectCapMs: RECONNECT_CAP_MS[parseAddress(address).kind] });
    while (!signal.aborted) {
      let pauseMs = ENDED_RETRY_MS;
      try {
        await runSession({ ...components, onAdvice: advice, onGateways }, channel, sessions, signal);
      } catch (error) {
        pauseMs = error instanceof TransportError && error.code === 'unavailable' ? ABSENT_RETRY_MS : RETRY_MS;
        components.log.debug({ err: error, gateway: address }, 'gateway session failed');
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  };
  /** One link to each that is configured or told; one that is told no more is let go. */
  function keepLinks(told: readonly string[]): void {
    const wanted = new Set([...config.gateways, ...told]);
    for (const [address, link] of links) {
      if (wanted.has(address)) continue;
      link.abort();
      links.delete(address);
    }
    for (const address of wanted) {
      if (links.has(address)) continue;
      const link = new AbortController();
      links.set(address, link);
      supervisor.run(`gateway-link ${address}`, (signal) => keepLink(address, AbortSignal.any([signal, link.signal])));
    }
  }
  keepLinks([]);
  supervisor.run('gateway-list', async () => {
    keepLinks(await readGatewayList(config.dataDir));
  });
  supervisor.run(
    'heartbeats',
    async (signal) => {
      while (!signal.aborted) {
        beatAll();
        await clock.sleep(HEARTBEAT_MS, signal);
      }
    },
    { onFailure: 'restart' },
  );

  return {
    propose(proposal) {
      const { partition = 0, proposal: id = '' } = proposal.config ?? {};
      const isFirst = proposed.get(partition) !== id;
      proposed.set(partition, id);
      for (const session of isFirst ? [...sessions].slice(-1) : sessions) session.write({ body: { $case: 'propose', value: proposal } });
    },
    connected: () => sessions.size > 0,
    open: () => sessions.size,
    nudge() {
      if (nudged) return;
      nudged = true;
      supervisor.run('heartbeat', async (signal) => {
        await clock.sleep(Math.max(HEARTBEAT_GATHER_MS, nudgedMs + NUDGE_EVERY_MS - clock.monotonicMs()), signal);
        nudged = false;
        nudgedMs = clock.monotonicMs();
        beatAll();
      });
    },
  };
}

/** Several gateways advise one after another; what one of an earlier term says late is not followed. */
function createAdviceGate(follow: (advice: PlacementAdvice) => void): (advice: PlacementAdvice) => void {
  let newest = 0n;
  return (advice) => {
    if (advice.term < newest) return;
    newest = advice.term;
    follow(advice);
  };
}
