import { configFromProto, configToProto, memberFromProto, memberToProto, settingsFromProto, settingsToProto } from '@pilvi/cluster-map';
import type { ClusterSettings, Member, PartitionConfig } from '@pilvi/cluster-map';
import * as proto from '@pilvi/contracts/cluster/v1/map';

/** First byte of every value the gateway keeps in the control store; another one is refused, not misread. */
const FORMAT_VERSION = 1;
const BASE_BYTES = 8;

export function encodeMember(member: Member): Buffer {
  return framed(proto.Member.encode(memberToProto(member)).finish());
}

export function decodeMember(value: Buffer): Member {
  return memberFromProto(proto.Member.decode(unframed(value)));
}

export function encodeConfig(config: PartitionConfig): Buffer {
  return framed(proto.PartitionConfig.encode(configToProto(config)).finish());
}

export function decodeConfig(value: Buffer): PartitionConfig {
  return configFromProto(proto.PartitionConfig.decode(unframed(value)));
}

export function encodeSettings(settings: ClusterSettings): Buffer {
  return framed(proto.ClusterSettings.encode(settingsToProto(settings)).finish());
}

export function decodeSettings(value: Buffer): ClusterSettings {
  return settingsFromProto(proto.ClusterSettings.decode(unframed(value)));
}

/** By how much revisions of the map exceed those of the store: so they go on growing over a change of engine. */
export function encodeBase(base: number): Buffer {
  const value = Buffer.alloc(BASE_BYTES);
  value.writeBigUInt64BE(BigInt(base));
  return framed(value);
}

export function decodeBase(value: Buffer): number {
  return Number(unframed(value).readBigUInt64BE());
}

function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(FORMAT_VERSION), message]);
}

function unframed(value: Buffer): Buffer {
  if (value[0] !== FORMAT_VERSION)
    throw new Error(`control store value has format ${String(value[0])}, this version reads ${String(FORMAT_VERSION)}`);
  return value.subarray(1);
}
