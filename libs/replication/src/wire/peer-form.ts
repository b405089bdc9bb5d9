import { configFromProto, configToProto, epoch, partitionId } from '@pilvi/cluster-map';
import type { Epoch } from '@pilvi/cluster-map';
import type * as proto from '@pilvi/contracts/replication/v1/peer';
import type { PeerRequest, PeerResponse } from '../types.ts';
import { baseFromProto, baseToProto, entryFromProto, entryToProto } from './entry-form.ts';

const toEpoch = (n: bigint): Epoch => epoch(Number(n));

export function requestToProto(m: PeerRequest): proto.PeerRequest {
  switch (m.kind) {
    case 'beacon': {
      const leads = m.leads.map((l) => ({
        partition: l.partition,
        epoch: BigInt(l.epoch),
        commit: BigInt(l.commit),
        commitHash: l.commitHash,
      }));
      const { sentMs, reachesGateway, stopping } = m;
      return { body: { $case: 'beacon', value: { sentMs, reachesGateway, stopping, leads, configs: m.configs.map(configToProto) } } };
    }
    case 'prepare':
      return {
        body: {
          $case: 'prepare',
          value: {
            partition: m.partition,
            epoch: BigInt(m.epoch),
            feed: BigInt(m.feed),
            config: m.config === undefined ? undefined : configToProto(m.config),
            prevSeq: BigInt(m.prevSeq),
            prevHash: m.prevHash,
            entries: m.entries.map(entryToProto),
            commit: BigInt(m.commit),
          },
        },
      };
    case 'collect':
      return {
        body: {
          $case: 'collect',
          value: { partition: m.partition, epoch: BigInt(m.epoch), config: configToProto(m.config), above: BigInt(m.above) },
        },
      };
    case 'release':
      return { body: { $case: 'release', value: { partition: m.partition, epoch: BigInt(m.epoch) } } };
  }
}

/** Undefined for a kind of message that this version does not know. */
export function requestFromProto(m: proto.PeerRequest): PeerRequest | undefined {
  const { body } = m;
  switch (body?.$case) {
    case 'beacon': {
      const { sentMs, reachesGateway, stopping } = body.value;
      const leads = body.value.leads.map((l) => ({
        partition: partitionId(l.partition),
        epoch: toEpoch(l.epoch),
        commit: Number(l.commit),
        commitHash: l.commitHash,
      }));
      return { kind: 'beacon', sentMs, reachesGateway, stopping, leads, configs: body.value.configs.map(configFromProto) };
    }
    case 'prepare': {
      const v = body.value;
      return {
        kind: 'prepare',
        partition: partitionId(v.partition),
        epoch: toEpoch(v.epoch),
        feed: Number(v.feed),
        config: v.config === undefined ? undefined : configFromProto(v.config),
        prevSeq: Number(v.prevSeq),
        prevHash: v.prevHash,
        entries: v.entries.map(entryFromProto),
        commit: Number(v.commit),
      };
    }
    case 'collect': {
      const { partition, config, above } = body.value;
      if (config === undefined) return undefined;
      return {
        kind: 'collect',
        partition: partitionId(partition),
        epoch: toEpoch(body.value.epoch),
        config: configFromProto(config),
        above: Number(above),
      };
    }
    case 'release':
      return { kind: 'release', partition: partitionId(body.value.partition), epoch: toEpoch(body.value.epoch) };
    case undefined:
      return undefined;
  }
}

export function responseToProto(m: PeerResponse): proto.PeerResponse {
  switch (m.kind) {
    case 'beacon-ack': {
      const agreed = m.agreed.map((a) => ({ partition: a.partition, epoch: BigInt(a.epoch) }));
      return { body: { $case: 'beaconAck', value: { sentMs: m.sentMs, agreed } } };
    }
    case 'ack':
      return {
        body: { $case: 'ack', value: { partition: m.partition, epoch: BigInt(m.epoch), feed: BigInt(m.feed), seq: BigInt(m.seq) } },
      };
    case 'gap':
      return {
        body: {
          $case: 'gap',
          value: {
            partition: m.partition,
            epoch: BigInt(m.epoch),
            feed: BigInt(m.feed),
            commit: BigInt(m.commit),
            lastEpoch: BigInt(m.lastEpoch),
            lastSeq: BigInt(m.lastSeq),
          },
        },
      };
    case 'newer':
      return { body: { $case: 'newer', value: { config: configToProto(m.config) } } };
    case 'collected':
      return {
        body: {
          $case: 'collected',
          value: {
            partition: m.partition,
            epoch: BigInt(m.epoch),
            base: baseToProto(m.base),
            lastEpoch: BigInt(m.lastEpoch),
            lastSeq: BigInt(m.lastSeq),
            commit: BigInt(m.commit),
            entries: m.entries.map(entryToProto),
          },
        },
      };
  }
}

/** Undefined for a kind of message that this version does not know. */
export function responseFromProto(m: proto.PeerResponse): PeerResponse | undefined {
  const { body } = m;
  switch (body?.$case) {
    case 'beaconAck': {
      const agreed = body.value.agreed.map((a) => ({ partition: partitionId(a.partition), epoch: toEpoch(a.epoch) }));
      return { kind: 'beacon-ack', sentMs: body.value.sentMs, agreed };
    }
    case 'ack': {
      const { partition, feed, seq } = body.value;
      return { kind: 'ack', partition: partitionId(partition), epoch: toEpoch(body.value.epoch), feed: Number(feed), seq: Number(seq) };
    }
    case 'gap': {
      const { partition, feed, commit, lastEpoch, lastSeq } = body.value;
      return {
        kind: 'gap',
        partition: partitionId(partition),
        epoch: toEpoch(body.value.epoch),
        feed: Number(feed),
        commit: Number(commit),
        lastEpoch: toEpoch(lastEpoch),
        lastSeq: Number(lastSeq),
      };
    }
    case 'newer':
      return body.value.config === undefined ? undefined : { kind: 'newer', config: configFromProto(body.value.config) };
    case 'collected': {
      const v = body.value;
      return {
        kind: 'collected',
        partition: partitionId(v.partition),
        epoch: toEpoch(v.epoch),
        base: baseFromProto(v.base),
        lastEpoch: toEpoch(v.lastEpoch),
        lastSeq: Number(v.lastSeq),
        commit: Number(v.commit),
        entries: v.entries.map(entryFromProto),
      };
    }
    case undefined:
      return undefined;
  }
}
