import { hurryClaim } from './claim.ts';
import { keeps, peerOf } from './state.ts';
import type { Core, Stream } from './state.ts';
import { driveTerm } from './term.ts';
import type { CoreEvent } from './types.ts';

type Opened = Extract<CoreEvent, { kind: 'stream-opened' }>;
type Closed = Extract<CoreEvent, { kind: 'stream-closed' }>;

export function onStreamOpened(core: Core, event: Opened): void {
  core.streams.set(event.stream, { id: event.stream, peer: event.peer, direction: event.direction, transport: event.transport });
  if (event.direction === 'accepted') {
    peerOf(core, event.peer).isGone = false;
    // The primary is back: there is no hurry any more, only the grace.
    for (const replica of core.replicas.values()) if (replica.config?.primary === event.peer) replica.hurryEpoch = undefined;
    return;
  }
  const peer = peerOf(core, event.peer);
  peer.dialed = event.stream;
  peer.endedMs = undefined;
  peer.stopping = false;
  peer.toldEpochs.clear();
  for (const replica of core.replicas.values()) {
    if (replica.term === undefined) continue;
    core.beaconSoon.add(replica.partition);
    const follower = replica.term.followers.get(event.peer);
    if (follower !== undefined) follower.lastHeardMs = core.nowMs;
    replica.term.collectSentMs.delete(event.peer);
    driveTerm(core, replica);
  }
}

/** L3: the end of a stream is news, not only silence. */
export function onStreamClosed(core: Core, event: Closed): void {
  const stream = core.streams.get(event.stream);
  if (stream === undefined) return;
  core.streams.delete(event.stream);
  if (stream.direction === 'dialed') dialedStreamClosed(core, stream);
  else acceptedStreamClosed(core, stream, event.endedBy);
}

/** Leases that came over it are void, and its peer must come back soon. */
function dialedStreamClosed(core: Core, stream: Stream): void {
  const peer = peerOf(core, stream.peer);
  if (peer.dialed === stream.id) {
    peer.dialed = undefined;
    peer.endedMs = core.nowMs;
  }
  for (const replica of core.replicas.values()) {
    const follower = replica.term?.followers.get(stream.peer);
    if (follower?.lease?.stream === stream.id) follower.lease = undefined;
  }
}

/**
 * On a Unix socket an end that the peer initiated proves the acks given on that stream void: the peer's process is gone, or
 * has voided its leases before it closed. Over TCP a middlebox may have ended it, so the grace of those acks still counts.
 */
function acceptedStreamClosed(core: Core, stream: Stream, endedBy: Closed['endedBy']): void {
  const trusted = stream.transport === 'unix' || !keeps(core, 'L3-tcp');
  const given = [...core.replicas.values()].filter((replica) => replica.acksGiven.has(stream.id));
  if (trusted && endedBy === 'peer') for (const replica of given) replica.acksGiven.delete(stream.id);
  if (endedBy === 'self' || (trusted && endedBy !== 'peer')) return;
  // A later stream of the same peer lives: it is not dead, only this stream was replaced.
  const laterLives = [...core.streams.values()].some((s) => s.direction === 'accepted' && s.peer === stream.peer && s.id > stream.id);
  if (laterLives) return;
  peerOf(core, stream.peer).isGone = true;
  for (const replica of core.replicas.values()) {
    const { config } = replica;
    if (config?.primary !== stream.peer || replica.term !== undefined || replica.claim !== undefined) continue;
    if (given.includes(replica) || config.inSync.includes(core.self)) hurryClaim(core, replica, config, 0);
  }
}
